/** Which React component draws which component of the catalogue. */
import { Button } from "./components/Button";
import { Chart } from "./components/Chart";
import { Container } from "./components/Container";
import { Input } from "./components/Input";
import { Layout } from "./components/Layout";
import { LogStream } from "./components/LogStream";
import { Metric } from "./components/Metric";
import { StatusBadge } from "./components/StatusBadge";
import { Switch } from "./components/Switch";
import { Table } from "./components/Table";
import { Text } from "./components/Text";
import type { Registry } from "./drawing";

export const REGISTRY: Registry = {
  Layout,
  Container,
  Text,
  Metric,
  StatusBadge,
  Button,
  Action: Button,
  Input,
  Switch,
  Table,
  Chart,
  LogStream,
};
