/** Which React component draws which component of the catalogue. */
import { Button } from "./components/Button";
import { Chart } from "./components/Chart";
import { Checkbox } from "./components/Checkbox";
import { Code } from "./components/Code";
import { Card, Container } from "./components/Container";
import { CustomComponent } from "./components/CustomComponent";
import { Form } from "./components/Form";
import { Image } from "./components/Image";
import { Input } from "./components/Input";
import { Column, Layout, Row } from "./components/Layout";
import { Link } from "./components/Link";
import { List, ListItem } from "./components/List";
import { LogStream } from "./components/LogStream";
import { Markdown } from "./components/Markdown";
import { Metric } from "./components/Metric";
import { Modal } from "./components/Modal";
import { Progress, Spinner } from "./components/Progress";
import { Select } from "./components/Select";
import { Slider } from "./components/Slider";
import { StatusBadge } from "./components/StatusBadge";
import { Switch } from "./components/Switch";
import { Table } from "./components/Table";
import { Tab, Tabs } from "./components/Tabs";
import { Text } from "./components/Text";
import type { Registry } from "./drawing";

export const REGISTRY: Registry = {
  Layout,
  Row,
  Column,
  Container,
  Card,
  List,
  ListItem,
  Text,
  Metric,
  StatusBadge,
  Button,
  Action: Button,
  Input,
  Switch,
  Checkbox,
  Select,
  Slider,
  Form,
  Table,
  Chart,
  LogStream,
  Progress,
  Spinner,
  Code,
  Markdown,
  Link,
  Image,
  Tabs,
  Tab,
  Modal,
  CustomComponent,
};
