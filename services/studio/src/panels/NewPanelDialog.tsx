/** A new panel: a name, a start, and it is there with its source open. */
import { FileUp } from "lucide-react";
import { type ChangeEvent, type SubmitEvent, useId, useState } from "react";

import { type ApiError, asApiError } from "../api/errors.ts";
import { idFor } from "../app/names.ts";
import { navigate, panelPlace, placeOf } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import styles from "./NewPanelDialog.module.css";
import { FILE, fileTemplate, type Template, TEMPLATES, titled, titleIn } from "./templates.ts";

export function NewPanelDialog({ onClose }: { readonly onClose: () => void }) {
  const [title, setTitle] = useState("");
  const [template, setTemplate] = useState<Template>(TEMPLATES[0]);
  const name = title.trim();
  const { id, isBusy, error, create } = useCreation(name, template, onClose);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (name !== "" && !isBusy) void create();
  };
  return (
    <Dialog title="New panel" onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit}>
        <NameField title={title} address={name && `/panels/${id}`} onChange={setTitle} />
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
            <FileCard
              file={template.id === FILE ? template : null}
              onChoose={(file) => {
                setTemplate(file);
                if (name === "") setTitle(titleIn(file));
              }}
            />
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

/** Creates a panel of that name and goes to its source. */
function useCreation(name: string, template: Template, onDone: () => void) {
  const { directory, arriving } = useStudio();
  const { panels } = useStore(directory);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const id = idFor(name, new Set(panels.map((panel) => panel.id)), "panel");

  const create = async () => {
    setBusy(true);
    try {
      const panel = await directory.create(id, titled(template, name));
      onDone();
      if (placeOf(location.pathname).name === "canvas") arriving.set(panel.id);
      else navigate(panelPlace(panel.id, "source"));
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return { id, isBusy, error, create };
}

interface NameFieldProps {
  readonly title: string;
  /** Where the panel will be; empty while it has no name. */
  readonly address: string;
  readonly onChange: (title: string) => void;
}

function NameField({ title, address, onChange }: NameFieldProps) {
  const field = useId();
  return (
    <>
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
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${field}-address`} className={styles["address"]}>
        {address || "It gets an address of its own."}
      </p>
    </>
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

interface FileCardProps {
  /** The file that is chosen, as a start. */
  readonly file: Template | null;
  readonly onChoose: (file: Template) => void;
}

/** Starts from a file of one's own, as it is. */
function FileCard({ file, onChoose }: FileCardProps) {
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = event.target.files ?? [];
    void chosen?.text().then((source) => onChoose(fileTemplate(chosen.name, source)));
  };
  return (
    <label className={styles["template"]} data-chosen={file !== null}>
      <input type="file" accept=".nxml,.xml,text/plain" aria-label="A file of your own" onChange={choose} />
      <FileUp size={16} aria-hidden />
      <span>
        <strong>{file?.name ?? "File…"}</strong>
        <small>{file === null ? "A .nxml of your own" : "As it is"}</small>
      </span>
    </label>
  );
}
