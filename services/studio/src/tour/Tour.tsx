/**
 * Shows somebody around in a minute, below the page and never over it: they make a panel, use it,
 * change something in it by pressing it, and see that in its source. Nothing goes on by itself.
 */
import { Check, X } from "lucide-react";
import { usePanel } from "nexus-renderer";
import { type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react";

import type { Template } from "../api/wire.ts";
import { idFor } from "../app/names.ts";
import { navigate, type Pane, panelPlace, type Place } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";
import { useFetched } from "../app/useFetched.ts";
import { useTask } from "../app/useTask.ts";
import { Button, IconButton } from "../design/Button.tsx";
import { FormError } from "../design/Field.tsx";
import { PanelIcon } from "../panels/PanelIcon.tsx";
import { BLANK, labelOf, newPanel } from "../panels/templates.ts";
import { NO_TOUR, noteTour, placeOfChange, STEPS } from "./tour.ts";
import styles from "./Tour.module.css";

export default function Tour({ place }: { readonly place: Place }) {
  const { tour } = useStudio();
  const state = useStore(tour);
  const end = useEnd();
  switch (state.at) {
    case "off":
      return null;
    case "offer":
      return place.name === "home" && <Offer onEnd={end} />;
    case "choose":
      return <Choose onEnd={end} />;
    case "use":
      return <Use panelId={state.panelId} place={place} onEnd={end} />;
    case "change":
      return <Change panelId={state.panelId} before={state.before} place={place} onEnd={end} />;
    case "see":
      return <See panelId={state.panelId} onEnd={end} />;
  }
}

/** Ends the tour; the focus goes on to the page. */
function useEnd(): () => void {
  const { session, accounts } = useHouse();
  const { tour } = useStudio();
  return useCallback(() => {
    noteTour(session.get(), accounts);
    tour.set(NO_TOUR);
    document.querySelector<HTMLElement>("#content")?.focus();
  }, [session, accounts, tour]);
}

interface StepProps {
  readonly onEnd: () => void;
}

function Offer({ onEnd }: StepProps) {
  const { tour } = useStudio();
  return (
    <Card step={null} title="New here?" onEnd={onEnd} actions={
      <>
        <Button variant="ghost" onClick={onEnd}>
          Not now
        </Button>
        <Button variant="primary" onClick={() => tour.set({ at: "choose" })}>
          Begin
        </Button>
      </>
    }>
      Make a panel of your own, in under a minute.
    </Card>
  );
}

function Choose({ onEnd }: StepProps) {
  const { api, directory, tour } = useStudio();
  const templates = useFetched(useCallback(() => api.listTemplates(), [api]));
  const { run, error } = useTask(async (template: Template) => {
    const { panels } = directory.get();
    const title = `My ${labelOf(template).toLowerCase()}`;
    const id = idFor(title, new Set(panels.map((panel) => panel.id)), "panel");
    const panel = await directory.create(newPanel({ kind: "template", name: template.name }, id, title));
    tour.set({ at: "use", panelId: panel.id });
    navigate(panelPlace(panel.id));
  });
  const problem = templates.error ?? error;
  return (
    <Card step="choose" title="What shall it be?" onEnd={onEnd} actions={
      (templates.value ?? [])
        .filter(({ name }) => BLANK.name !== name)
        .map((template) => (
          <button key={template.name} type="button" className={styles["choice"]} onClick={() => void run(template)}>
            <PanelIcon
              panel={{ id: template.name, title: labelOf(template), ...(template.icon && { icon: template.icon }) }}
              size="small"
            />
            {labelOf(template)}
          </button>
        ))
    }>
      Each of them works at once, and is yours to change.
      {problem !== null && <FormError>{problem.message}</FormError>}
    </Card>
  );
}

interface PanelStepProps extends StepProps {
  readonly panelId: string;
  readonly place: Place;
}

function Use({ panelId, place, onEnd }: PanelStepProps) {
  const { api, client, tour } = useStudio();
  const { rev, status } = usePanel(client.panel(panelId));
  const [first, setFirst] = useState<number | null>(null);
  if (first === null && status === "live") setFirst(rev);
  const isUsed = first !== null && rev > first;
  const { run, isBusy, error } = useTask(async () => {
    const { source } = await api.readPanel(panelId);
    tour.set({ at: "change", panelId, before: source });
    navigate(panelPlace(panelId, "design"));
  });
  return (
    <Card step="use" title="It is alive" onEnd={onEnd} done={isUsed ? "It is kept, and seen wherever the panel is open." : null} actions={
      isAt(place, panelId, null) ? (
        <Button variant={isUsed ? "primary" : "secondary"} aria-disabled={isBusy} onClick={() => void run()}>
          Make it yours
        </Button>
      ) : (
        <Back panelId={panelId} pane={null} />
      )
    }>
      Use it: press and type as you like.
      {error !== null && <FormError>{error.message}</FormError>}
    </Card>
  );
}

function Change({ panelId, before, place, onEnd }: PanelStepProps & { readonly before: string }) {
  const { api, client, place: asked, tour } = useStudio();
  const { sourceHash } = usePanel(client.panel(panelId));
  const [first] = useState(sourceHash);
  const isChanged = sourceHash !== first;
  const { run, isBusy, error } = useTask(async () => {
    const { source } = await api.readPanel(panelId);
    const loc = placeOfChange(before, source);
    asked.set(loc && { panelId, loc });
    tour.set({ at: "see", panelId });
    navigate(panelPlace(panelId, "source"));
  });
  return (
    <Card step="change" title="Make it yours" onEnd={onEnd} done={isChanged ? "Changed, here and in its source." : null} actions={
      isChanged ? (
        <Button variant="primary" aria-disabled={isBusy} onClick={() => void run()}>
          Show me the source
        </Button>
      ) : (
        !isAt(place, panelId, "design") && <Back panelId={panelId} pane="design" />
      )
    }>
      Press anything in the panel, or choose it in the list, and give it another word.
      {error !== null && <FormError>{error.message}</FormError>}
    </Card>
  );
}

function See({ panelId, onEnd }: Omit<PanelStepProps, "place">) {
  const finish = () => {
    onEnd();
    navigate(panelPlace(panelId));
  };
  return (
    <Card step="see" title="This panel is yours" onEnd={onEnd} actions={
      <Button variant="primary" onClick={finish}>
        To my panel
      </Button>
    }>
      The cursor is at the word that you changed. All of it is one text, and saving it changes what runs.
    </Card>
  );
}

function Back({ panelId, pane }: { readonly panelId: string; readonly pane: Pane | null }) {
  return <Button onClick={() => navigate(panelPlace(panelId, pane))}>Back to it</Button>;
}

const isAt = (place: Place, id: string, pane: Pane | null): boolean =>
  place.name === "panel" && place.id === id && place.pane === pane;

interface CardProps {
  /** Where in the tour this is; null before it. */
  readonly step: (typeof STEPS)[number] | null;
  readonly title: string;
  /** That what the step asks for has happened. */
  readonly done?: string | null;
  readonly actions: ReactNode;
  readonly onEnd: () => void;
  readonly children: ReactNode;
}

function Card({ step, title, done = null, actions, onEnd, children }: CardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const label = useId();
  useEffect(() => {
    // Whoever went on finds the focus here; who did not ask for anything keeps it.
    if (step !== null) heading.current?.focus({ preventScroll: true });
  }, [step]);
  return (
    <section
      aria-labelledby={label}
      className={styles["card"]}
      onKeyDown={(event) => {
        if (event.key === "Escape") onEnd();
      }}
    >
      {step !== null && <Steps step={step} />}
      <div key={title} className={styles["words"]}>
        <h2 ref={heading} id={label} tabIndex={-1}>
          <span className="visually-hidden">Tour: </span>
          {title}
        </h2>
        {done === null && <div className={styles["about"]}>{children}</div>}
        <p role="status" className={styles["done"]}>
          {done !== null && (
            <>
              <Check size={14} strokeWidth={2.5} aria-hidden /> {done}
            </>
          )}
        </p>
      </div>
      <div className={styles["actions"]}>{actions}</div>
      {step !== null && (
        <IconButton label="End the tour" className={styles["end"]} onClick={onEnd}>
          <X size={16} aria-hidden />
        </IconButton>
      )}
    </section>
  );
}

function Steps({ step }: { readonly step: (typeof STEPS)[number] }) {
  const at = STEPS.indexOf(step);
  return (
    <p className={styles["steps"]}>
      <span className="visually-hidden">
        Step {at + 1} of {STEPS.length}
      </span>
      {STEPS.map((each, number) => (
        <span key={each} aria-hidden="true" data-reached={number <= at} data-now={number === at} />
      ))}
    </p>
  );
}
