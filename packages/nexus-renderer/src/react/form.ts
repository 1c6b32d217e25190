/** The form that a button stands in. */
import { createContext } from "react";

export interface FormHandle {
  /** Whether the form's tool is running. */
  readonly pending: boolean;
}

export const FormContext = createContext<FormHandle | null>(null);
