/** A link to a place in the studio: a click stays in the page, any other opens as links do. */
import type { AnchorHTMLAttributes, MouseEvent } from "react";

import { navigate, pathOf, type Place, presentWorkspace } from "./router.ts";

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
  readonly to: Place;
}

export function Link({ to, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (event.defaultPrevented || event.button !== 0 || elsewhere) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={pathOf(to, presentWorkspace())} onClick={follow} {...rest} />;
}
