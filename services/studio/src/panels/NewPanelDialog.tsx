/** A new panel: a name, a start, and it is there with its source open. */
import { FileUp } from "lucide-react";
import { type ChangeEvent, type SubmitEvent, useCallback, useId, useState } from "react";

import { type ApiError, asApiError } from "../api/errors.ts";
import type { Template } from "../api/wire.ts";
import { idFor } from "../app/names.ts";
import { navigate, panelPlace, placeOf } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { useFetched } from "../app/useFetched.ts";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import styles from "./NewPanelDialog.module.css";
import { PanelIcon } from "./PanelIcon.tsx";
import { BLANK, labelOf, newPanel, type Start, titleIn } from "./templates.ts";

export function NewPanelDialog({ onClose }: { readonly onClose: () => void }) {
  const [title, setTitle] = useState("");
  const [start, setStart] = useState<Start>(BLANK);
  const name = title.trim();
  const { id, isBusy, error, create } = useCreation(name, start, onClose);

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
            <TemplateCards start={start} onChoose={setStart} />
            <FileCard
              chosen={start.kind === "file" ? start.name : null}
              onChoose={(file, source) => {
                setStart({ kind: "file", name: file, source });
                if (name === "") setTitle(titleIn(file, source));
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
function useCreation(name: string, start: Start, onDone: () => void) {
  const { directory, arriving } = useStudio();
  const { panels } = useStore(directory);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const id = idFor(name, new Set(panels.map((panel) => panel.id)), "panel");

  const create = async () => {
    setBusy(true);
    try {
      const panel = await directory.create(newPanel(start, id, name));
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

interface TemplateCardsProps {
  readonly start: Start;
  readonly onChoose: (start: Start) => void;
}

/** What the kernel has to begin with. Without it there is still a blank panel, and a file. */
function TemplateCards({ start, onChoose }: TemplateCardsProps) {
  const { api } = useStudio();
  const { value, error } = useFetched(useCallback(() => api.listTemplates(), [api]));
  const templates = value ?? (error === null ? [] : [{ name: "blank", source: "" }]);
  if (templates.length === 0) {
    return [0, 1, 2, 3, 4].map((place) => <span key={place} aria-hidden="true" className={styles["ghost"]} />);
  }
  return templates.map((template) => (
    <TemplateCard
      key={template.name}
      template={template}
      isChosen={start.kind === "template" && start.name === template.name}
      onChoose={() => onChoose({ kind: "template", name: template.name })}
    />
  ));
}

interface TemplateCardProps {
  readonly template: Template;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function TemplateCard({ template, isChosen, onChoose }: TemplateCardProps) {
  const { name, icon, description } = template;
  return (
    <label className={styles["template"]}>
      <input type="radio" name="template" checked={isChosen} onChange={onChoose} />
      <PanelIcon panel={{ id: name, title: labelOf(template), ...(icon === undefined ? {} : { icon }) }} size="small" />
      <span>
        <strong>{labelOf(template)}</strong>
        <small>{description}</small>
      </span>
    </label>
  );
}

interface FileCardProps {
  /** The name of the file that is chosen. */
  readonly chosen: string | null;
  readonly onChoose: (name: string, source: string) => void;
}

/** Starts from a file of one's own, as it is. */
function FileCard({ chosen, onChoose }: FileCardProps) {
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    void file?.text().then((source) => onChoose(file.name, source));
  };
  return (
    <label className={styles["template"]} data-chosen={chosen !== null}>
      <input type="file" accept=".nxml,.xml,text/plain" aria-label="A file of your own" onChange={choose} />
      <FileUp size={16} aria-hidden />
      <span>
        <strong>{chosen ?? "File…"}</strong>
        <small>{chosen === null ? "A .nxml of your own" : "As it is"}</small>
      </span>
    </label>
  );
}
