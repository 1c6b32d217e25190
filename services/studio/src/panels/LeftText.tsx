/** Text of a source that was not saved when its panel went: to be copied, or made a panel again. */
import { useCanWrite } from "../account/useRole.ts";
import { useStudio } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { FormError } from "../design/Field.tsx";
import { useIsUnsaved } from "../source/drafts.ts";
import styles from "./LeftText.module.css";

interface LeftTextProps {
  readonly panelId: string;
  /** Hears that the panel is there again. */
  readonly onAgain: () => void;
}

export function LeftText({ panelId, onAgain }: LeftTextProps) {
  const { directory, drafts } = useStudio();
  const canWrite = useCanWrite();
  const isUnsaved = useIsUnsaved(drafts, panelId);
  const draft = drafts.find(panelId)?.get();
  const { run, isBusy, error } = useTask(async (source: string) => {
    await directory.create({ id: panelId, source });
    drafts.forget(panelId);
    onAgain();
  });
  if (!isUnsaved || draft?.phase !== "open") return null;
  return (
    <section className={styles["left"]} aria-label="Unsaved text">
      <p>What you typed and did not save is still here.</p>
      <textarea readOnly rows={12} spellCheck={false} aria-label="Source" value={draft.text} />
      {error !== null && <FormError>{error.message}</FormError>}
      {canWrite && (
        <Button variant="primary" disabled={isBusy} onClick={() => void run(draft.text)}>
          Make the panel again
        </Button>
      )}
    </section>
  );
}
