/** Buttons: with words, or an icon whose words are its label and tooltip. */
import type { ComponentProps, ReactNode } from "react";

import styles from "./Button.module.css";
import { classes } from "./classes.ts";

interface ButtonProps extends ComponentProps<"button"> {
  readonly variant?: "primary" | "secondary" | "ghost" | "danger";
  readonly children: ReactNode;
}

export function Button({ variant = "secondary", className, ...rest }: ButtonProps) {
  return (
    <button type="button" className={classes(styles["button"], styles[variant], className)} {...rest} />
  );
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label"> {
  readonly label: string;
  readonly children: ReactNode;
}

export function IconButton({ label, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes(styles["icon"], className)}
      {...rest}
    />
  );
}
