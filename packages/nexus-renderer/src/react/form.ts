/** The form that a button stands in. */
import { createContext } from "react";

export interface FormHandle {
  /** Whether the form's tool has been running for so long that it is to be said. */
  readonly waiting: boolean;
}

export const FormContext = createContext<FormHandle | null>(null);
