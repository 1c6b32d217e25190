/** A new panel: a name, a start, and it is there with its source open. */
import { type SubmitEvent, useId, useState } from "react";

import { type ApiError, asApiError } from "../api/errors.ts";
import { navigate } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import styles from "./NewPanelDialog.module.css";
import { idFor, type Template, TEMPLATES, titled } from "./templates.ts";

export function NewPanelDialog({ onClose }: { readonly onClose: () => void }) {
  const { directory } = useStudio();
  const { panels } = useStore(directory);
  const [title, setTitle] = useState("");
  const [template, setTemplate] = useState<Template>(TEMPLATES[0]);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const field = useId();
  const name = title.trim();
  const id = idFor(name, new Set(panels.map((panel) => panel.id)));

  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    if (name === "" || isBusy) return;
    setBusy(true);
    try {
      const panel = await directory.create(id, titled(template, name));
      onClose();
      navigate({ name: "panel", id: panel.id, source: true });
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };

  return (
    <Dialog title="New panel" onClose={onClose}>
      <form className={styles["form"]} onSubmit={(event) => void create(event)}>
        <label htmlFor={field}>Name</label>
        <input
          id={field}
          className={styles["name"]}
          // A dialog opens where one begins to type.
          autoFocus
          required
          maxLength={80}
          autoComplete="off"
          placeholder="Reading list"
          value={title}
          aria-describedby={`${field}-address`}
          onChange={(event) => setTitle(event.target.value)}
        />
        <p id={`${field}-address`} className={styles["address"]}>
          {name === "" ? "It gets an address of its own." : `/panels/${id}`}
        </p>
        <fieldset>
          <legend>Start from</legend>
          <div className={styles["templates"]}>
            {TEMPLATES.map((choice) => (
              <TemplateCard
                key={choice.id}
                template={choice}
                isChosen={choice === template}
                onChoose={() => setTemplate(choice)}
              />
            ))}
          </div>
        </fieldset>
        {error !== null && (
          <p role="alert" className={styles["error"]}>
            {error.message}
          </p>
        )}
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={isBusy}>
            {isBusy ? "Creating…" : "Create panel"}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

interface TemplateCardProps {
  readonly template: Template;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function TemplateCard({ template, isChosen, onChoose }: TemplateCardProps) {
  const Icon = template.icon;
  return (
    <label className={styles["template"]}>
      <input type="radio" name="template" checked={isChosen} onChange={onChoose} />
      <Icon size={16} aria-hidden />
      <span>
        <strong>{template.name}</strong>
        <small>{template.about}</small>
      </span>
    </label>
  );
}
