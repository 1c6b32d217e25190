/** What the rows of an Iterate and the items of a List know of each other. */
import { createContext } from "react";

/** Position and number of the rows around a node, as "3/700", where not all of them are drawn. */
export const PlaceContext = createContext<string | null>(null);
/** Whether a node stands directly in a List, where only its items may. */
export const InListContext = createContext(false);
