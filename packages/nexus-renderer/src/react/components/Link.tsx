/** Leads to another page, from a place of its own in the layout. */
import type { ReactElement } from "react";
import { useTool } from "../actions";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { Anchor } from "./Anchor";

export function Link({ node, props, frame, children }: DrawProps<"Link">): ReactElement {
  const { run } = useTool(node, props.trigger);
  return (
    <div className={classes("nx-link-cell", frame.className)}>
      <Anchor url={props.href} id={frame.id} label={props["aria-label"]} onPress={() => run()}>
        {node.props.label ? props.label : children}
      </Anchor>
    </div>
  );
}
