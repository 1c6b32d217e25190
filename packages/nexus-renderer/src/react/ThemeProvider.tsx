/** Choose light or dark for what is inside. */
import type { ReactElement, ReactNode } from "react";

export type Theme = "light" | "dark" | "system";

/** Sets the theme of the panels inside; `system`, the default, follows the person's setting. */
export function ThemeProvider({
  theme = "system",
  children,
}: {
  readonly theme?: Theme;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <div className="nx-theme" data-theme={theme === "system" ? undefined : theme}>
      {children}
    </div>
  );
}
