/** The form that a field or button stands in. */
import { createContext } from "react";

export interface FormHandle {
  /** Run the form's tool, unless it is running. */
  readonly submit: () => void;
  readonly pending: boolean;
}

export const FormContext = createContext<FormHandle | null>(null);
