/** The few icons the renderer needs, drawn with the current text colour. */
import type { ReactElement, ReactNode } from "react";

interface IconProps {
  /** Whether it points along the line, and so the other way where lines run from the right. */
  readonly isAlong?: boolean;
  readonly children: ReactNode;
}

function Icon({ isAlong = false, children }: IconProps): ReactElement {
  return (
    <svg
      className={isAlong ? "nx-icon nx-along" : "nx-icon"}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

/** A part that comes from elsewhere. */
export const ModuleIcon = (): ReactElement => (
  <Icon>
    <path d="m8 1.75 5.5 3.1v6.3L8 14.25l-5.5-3.1v-6.3z" />
    <path d="M2.75 5 8 8l5.25-3M8 8v6" />
  </Icon>
);

/** The tick of a task that is done, in the box around it. */
export const TaskIcon = (): ReactElement => (
  <Icon>
    <path d="M4 8.5 7 11.5 12 5" />
  </Icon>
);

export const AlertIcon = (): ReactElement => (
  <Icon>
    <circle cx="8" cy="8" r="6.25" />
    <path d="M8 5v3.5M8 11h.01" />
  </Icon>
);

export const CheckIcon = (): ReactElement => (
  <Icon>
    <circle cx="8" cy="8" r="6.25" />
    <path d="m5.5 8.2 1.8 1.8 3.4-3.8" />
  </Icon>
);

export const CloseIcon = (): ReactElement => (
  <Icon>
    <path d="m4.5 4.5 7 7m0-7-7 7" />
  </Icon>
);

const CHEVRONS = {
  up: "m4 10 4-4 4 4",
  down: "m4 6 4 4 4-4",
  both: "m5 6 3-3 3 3m-6 4 3 3 3-3",
  back: "m10 4-4 4 4 4",
  forth: "m6 4 4 4-4 4",
};

export const ChevronIcon = ({ to }: { readonly to: keyof typeof CHEVRONS }): ReactElement => (
  <Icon isAlong={to === "back" || to === "forth"}>
    <path d={CHEVRONS[to]} />
  </Icon>
);

export const TrendIcon = ({ to }: { readonly to: "up" | "down" | "neutral" }): ReactElement => (
  <Icon>
    <path
      d={{ up: "M4 11 11 4M5.5 4H11v5.5", down: "m4 5 7 7m0-5.5V12H5.5", neutral: "M3 8h10" }[to]}
    />
  </Icon>
);
