/** Contain a component that throws: its place says so, its siblings live on. */
import { Component, type ReactNode } from "react";
import { ErrorCard } from "./feedback";

interface Props {
  /** What is drawn inside; another one is another try. */
  readonly of: object;
  readonly name: string;
  readonly children: ReactNode;
}

interface State {
  readonly of: object;
  readonly error: string | null;
}

export class Boundary extends Component<Props, State> {
  override state: State = { of: this.props.of, error: null };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error.message : String(error) };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.of === state.of ? null : { of: props.of, error: null };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <ErrorCard title={`${this.props.name} could not be drawn`} message={error}>
        <button
          type="button"
          className="nx-button nx-button-secondary nx-button-compact"
          onClick={() => this.setState({ error: null })}
        >
          Try again
        </button>
      </ErrorCard>
    );
  }
}
