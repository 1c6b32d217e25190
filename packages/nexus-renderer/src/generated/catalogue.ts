// Generated from nexus_protocol by `npm run generate`; edits are lost.

/** Hash of the catalogue; a kernel that sends another one is refused. */
export const CATALOGUE_HASH = "56a543345e62a78a";

/** Properties that every component takes, by name. */
export const COMMON = {
  "id": {
    "name": "id",
    "type": "name",
    "required": false,
    "default": null,
    "choices": [],
    "doc": "Unique name of the node in its panel.",
    "aliases": []
  },
  "className": {
    "name": "className",
    "type": "string",
    "required": false,
    "default": null,
    "choices": [],
    "doc": "Class names for a host's own style sheet.",
    "aliases": []
  },
  "trigger": {
    "name": "trigger",
    "type": "tool",
    "required": false,
    "default": null,
    "choices": [],
    "doc": "Tool to run on the component's main event.",
    "aliases": [
      "onClick",
      "on:click",
      "onSubmit",
      "on:submit"
    ]
  },
  "args": {
    "name": "args",
    "type": "arguments",
    "required": false,
    "default": null,
    "choices": [],
    "doc": "Arguments of the tool.",
    "aliases": []
  },
  "visible": {
    "name": "visible",
    "type": "condition",
    "required": false,
    "default": true,
    "choices": [],
    "doc": "Whether it is shown.",
    "aliases": []
  },
  "aria-label": {
    "name": "aria-label",
    "type": "string",
    "required": false,
    "default": null,
    "choices": [],
    "doc": "Accessible name where no visible text gives one.",
    "aliases": []
  }
} as const;

/** Every component a view may use, by name. */
export const CATALOGUE = {
  "Layout": {
    "name": "Layout",
    "doc": "Arranges its children: on a 12-column grid, stacked, in a row, or as a flex box.",
    "columns": 12,
    "content": "nodes",
    "props": {
      "strategy": {
        "name": "strategy",
        "type": "choice",
        "required": false,
        "default": "auto",
        "choices": [
          "auto",
          "stack",
          "row",
          "flex"
        ],
        "doc": "How children are arranged.",
        "aliases": []
      },
      "direction": {
        "name": "direction",
        "type": "choice",
        "required": false,
        "default": "row",
        "choices": [
          "row",
          "column"
        ],
        "doc": "Main axis of a flex box.",
        "aliases": []
      },
      "gap": {
        "name": "gap",
        "type": "choice",
        "required": false,
        "default": "md",
        "choices": [
          "xs",
          "sm",
          "md",
          "lg",
          "xl"
        ],
        "doc": "Space between children.",
        "aliases": []
      },
      "align": {
        "name": "align",
        "type": "choice",
        "required": false,
        "default": "stretch",
        "choices": [
          "start",
          "center",
          "end",
          "stretch"
        ],
        "doc": "Alignment across the main axis.",
        "aliases": []
      },
      "justify": {
        "name": "justify",
        "type": "choice",
        "required": false,
        "default": "start",
        "choices": [
          "start",
          "center",
          "end",
          "stretch",
          "space-between"
        ],
        "doc": "Distribution along the main axis.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Row": {
    "name": "Row",
    "doc": "A Layout whose children stand in a row.",
    "columns": 12,
    "content": "nodes",
    "props": {
      "gap": {
        "name": "gap",
        "type": "choice",
        "required": false,
        "default": "md",
        "choices": [
          "xs",
          "sm",
          "md",
          "lg",
          "xl"
        ],
        "doc": "Space between children.",
        "aliases": []
      },
      "align": {
        "name": "align",
        "type": "choice",
        "required": false,
        "default": "stretch",
        "choices": [
          "start",
          "center",
          "end",
          "stretch"
        ],
        "doc": "Alignment across the main axis.",
        "aliases": []
      },
      "justify": {
        "name": "justify",
        "type": "choice",
        "required": false,
        "default": "start",
        "choices": [
          "start",
          "center",
          "end",
          "stretch",
          "space-between"
        ],
        "doc": "Distribution along the main axis.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Column": {
    "name": "Column",
    "doc": "A Layout whose children are stacked.",
    "columns": 12,
    "content": "nodes",
    "props": {
      "gap": {
        "name": "gap",
        "type": "choice",
        "required": false,
        "default": "md",
        "choices": [
          "xs",
          "sm",
          "md",
          "lg",
          "xl"
        ],
        "doc": "Space between children.",
        "aliases": []
      },
      "align": {
        "name": "align",
        "type": "choice",
        "required": false,
        "default": "stretch",
        "choices": [
          "start",
          "center",
          "end",
          "stretch"
        ],
        "doc": "Alignment across the main axis.",
        "aliases": []
      },
      "justify": {
        "name": "justify",
        "type": "choice",
        "required": false,
        "default": "start",
        "choices": [
          "start",
          "center",
          "end",
          "stretch",
          "space-between"
        ],
        "doc": "Distribution along the main axis.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Container": {
    "name": "Container",
    "doc": "A framed group with an optional title.",
    "columns": 12,
    "content": "nodes",
    "props": {
      "title": {
        "name": "title",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Heading of the group.",
        "aliases": []
      },
      "variant": {
        "name": "variant",
        "type": "choice",
        "required": false,
        "default": "card",
        "choices": [
          "card",
          "panel",
          "section",
          "transparent"
        ],
        "doc": "How it is framed.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Card": {
    "name": "Card",
    "doc": "A Container framed as a card.",
    "columns": 12,
    "content": "nodes",
    "props": {
      "title": {
        "name": "title",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Heading of the card.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "List": {
    "name": "List",
    "doc": "A list of ListItem.",
    "columns": 12,
    "content": "nodes",
    "props": {},
    "free": false,
    "structural": false
  },
  "ListItem": {
    "name": "ListItem",
    "doc": "One item of a List.",
    "columns": 12,
    "content": "nodes",
    "within": "List",
    "props": {},
    "free": false,
    "structural": false
  },
  "Text": {
    "name": "Text",
    "doc": "Text; its children are its content.",
    "columns": 12,
    "content": "text",
    "textProp": "content",
    "props": {
      "content": {
        "name": "content",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "The text.",
        "aliases": []
      },
      "variant": {
        "name": "variant",
        "type": "choice",
        "required": false,
        "default": "body",
        "choices": [
          "h1",
          "h2",
          "h3",
          "h4",
          "body",
          "code",
          "caption",
          "markdown"
        ],
        "doc": "Its role and size.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Metric": {
    "name": "Metric",
    "doc": "One figure with its name.",
    "columns": 3,
    "content": "none",
    "props": {
      "label": {
        "name": "label",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "What is measured.",
        "aliases": []
      },
      "value": {
        "name": "value",
        "type": "any",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "The figure.",
        "aliases": []
      },
      "unit": {
        "name": "unit",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Unit after the figure.",
        "aliases": []
      },
      "trend": {
        "name": "trend",
        "type": "choice",
        "required": false,
        "default": null,
        "choices": [
          "up",
          "down",
          "neutral"
        ],
        "doc": "Direction of change.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "StatusBadge": {
    "name": "StatusBadge",
    "doc": "A short state in words and colour.",
    "columns": 3,
    "content": "none",
    "props": {
      "label": {
        "name": "label",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "The words.",
        "aliases": []
      },
      "status": {
        "name": "status",
        "type": "choice",
        "required": false,
        "default": "info",
        "choices": [
          "success",
          "warn",
          "error",
          "info"
        ],
        "doc": "The colour's meaning.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Button": {
    "name": "Button",
    "doc": "Runs a tool when pressed.",
    "columns": 3,
    "content": "text",
    "textProp": "label",
    "props": {
      "label": {
        "name": "label",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Its text.",
        "aliases": []
      },
      "variant": {
        "name": "variant",
        "type": "choice",
        "required": false,
        "default": "primary",
        "choices": [
          "primary",
          "secondary",
          "danger",
          "ghost"
        ],
        "doc": "Its weight.",
        "aliases": []
      },
      "disabled": {
        "name": "disabled",
        "type": "boolean",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Greyed out and without effect.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Action": {
    "name": "Action",
    "doc": "A button that must name its tool; the compact form for rows and toolbars.",
    "columns": 3,
    "content": "text",
    "textProp": "label",
    "props": {
      "label": {
        "name": "label",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Its text.",
        "aliases": []
      },
      "trigger": {
        "name": "trigger",
        "type": "tool",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Tool to run when pressed.",
        "aliases": [
          "onClick",
          "on:click",
          "onSubmit",
          "on:submit"
        ]
      },
      "variant": {
        "name": "variant",
        "type": "choice",
        "required": false,
        "default": "secondary",
        "choices": [
          "primary",
          "secondary",
          "danger",
          "ghost"
        ],
        "doc": "Its weight.",
        "aliases": []
      },
      "disabled": {
        "name": "disabled",
        "type": "boolean",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Greyed out and without effect.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Input": {
    "name": "Input",
    "doc": "A field bound to the state; its tool runs on Enter.",
    "columns": 6,
    "content": "none",
    "props": {
      "bind": {
        "name": "bind",
        "type": "binding",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Path in $state or $scope that is shown and written.",
        "aliases": []
      },
      "label": {
        "name": "label",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What it is called; also its accessible name.",
        "aliases": []
      },
      "placeholder": {
        "name": "placeholder",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Example shown while it is empty.",
        "aliases": []
      },
      "inputType": {
        "name": "inputType",
        "type": "choice",
        "required": false,
        "default": "text",
        "choices": [
          "text",
          "number",
          "password",
          "email",
          "date",
          "search"
        ],
        "doc": "What is typed.",
        "aliases": []
      },
      "multiline": {
        "name": "multiline",
        "type": "boolean",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Several lines; the tool then runs on Ctrl+Enter.",
        "aliases": []
      },
      "rows": {
        "name": "rows",
        "type": "number",
        "required": false,
        "default": 3,
        "choices": [],
        "doc": "Lines shown of a multi-line field.",
        "aliases": []
      },
      "disabled": {
        "name": "disabled",
        "type": "boolean",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Greyed out and without effect.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Switch": {
    "name": "Switch",
    "doc": "A boolean of the state, turned on and off; its tool runs after each change.",
    "columns": 3,
    "content": "none",
    "props": {
      "bind": {
        "name": "bind",
        "type": "binding",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Path in $state or $scope that is shown and written.",
        "aliases": []
      },
      "label": {
        "name": "label",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What it is called; also its accessible name.",
        "aliases": []
      },
      "disabled": {
        "name": "disabled",
        "type": "boolean",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Greyed out and without effect.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Checkbox": {
    "name": "Checkbox",
    "doc": "A boolean of the state, ticked or not; its tool runs after each change.",
    "columns": 3,
    "content": "none",
    "props": {
      "bind": {
        "name": "bind",
        "type": "binding",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Path in $state or $scope that is shown and written.",
        "aliases": []
      },
      "label": {
        "name": "label",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What it is called; also its accessible name.",
        "aliases": []
      },
      "disabled": {
        "name": "disabled",
        "type": "boolean",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Greyed out and without effect.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Select": {
    "name": "Select",
    "doc": "One of several values, bound to the state; its tool runs after each change.",
    "columns": 6,
    "content": "none",
    "props": {
      "bind": {
        "name": "bind",
        "type": "binding",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Path in $state or $scope that is shown and written.",
        "aliases": []
      },
      "label": {
        "name": "label",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What it is called; also its accessible name.",
        "aliases": []
      },
      "options": {
        "name": "options",
        "type": "list",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Texts or numbers, or objects {value, label}.",
        "aliases": []
      },
      "disabled": {
        "name": "disabled",
        "type": "boolean",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Greyed out and without effect.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Slider": {
    "name": "Slider",
    "doc": "A number of the state between two limits; its tool runs when it is let go.",
    "columns": 6,
    "content": "none",
    "props": {
      "bind": {
        "name": "bind",
        "type": "binding",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Path in $state or $scope that is shown and written.",
        "aliases": []
      },
      "label": {
        "name": "label",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What it is called; also its accessible name.",
        "aliases": []
      },
      "min": {
        "name": "min",
        "type": "number",
        "required": false,
        "default": 0,
        "choices": [],
        "doc": "Smallest value.",
        "aliases": []
      },
      "max": {
        "name": "max",
        "type": "number",
        "required": false,
        "default": 100,
        "choices": [],
        "doc": "Greatest value.",
        "aliases": []
      },
      "step": {
        "name": "step",
        "type": "number",
        "required": false,
        "default": 1,
        "choices": [],
        "doc": "Distance between two values.",
        "aliases": []
      },
      "disabled": {
        "name": "disabled",
        "type": "boolean",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Greyed out and without effect.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Form": {
    "name": "Form",
    "doc": "Fields that one tool takes together: on Enter in one, or by a Button without a tool.",
    "columns": 12,
    "content": "nodes",
    "props": {
      "trigger": {
        "name": "trigger",
        "type": "tool",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Tool to run when it is submitted.",
        "aliases": [
          "onClick",
          "on:click",
          "onSubmit",
          "on:submit"
        ]
      }
    },
    "free": false,
    "structural": false
  },
  "Table": {
    "name": "Table",
    "doc": "A list of objects as rows; with rowTrigger a row runs a tool with itself as `row`.",
    "columns": 12,
    "content": "none",
    "props": {
      "data": {
        "name": "data",
        "type": "list",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "The rows, a list of objects.",
        "aliases": []
      },
      "columns": {
        "name": "columns",
        "type": "list",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Names, or objects {key, label, align}; all keys of the first row by default.",
        "aliases": []
      },
      "pageSize": {
        "name": "pageSize",
        "type": "number",
        "required": false,
        "default": 0,
        "choices": [],
        "doc": "Rows a page; 0 shows all in a scrolling window.",
        "aliases": []
      },
      "sortable": {
        "name": "sortable",
        "type": "boolean",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Headers sort the rows on the screen.",
        "aliases": []
      },
      "rowTrigger": {
        "name": "rowTrigger",
        "type": "tool",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Tool that a row runs: {row, index, key}.",
        "aliases": []
      },
      "rowKey": {
        "name": "rowKey",
        "type": "string",
        "required": false,
        "default": "id",
        "choices": [],
        "doc": "Property that identifies a row.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Chart": {
    "name": "Chart",
    "doc": "A list of objects as a picture.",
    "columns": 6,
    "content": "none",
    "props": {
      "type": {
        "name": "type",
        "type": "choice",
        "required": false,
        "default": "line",
        "choices": [
          "line",
          "bar",
          "area",
          "pie",
          "scatter"
        ],
        "doc": "Kind of picture; a pie shows the first y, named by x.",
        "aliases": []
      },
      "data": {
        "name": "data",
        "type": "list",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "The points, a list of objects.",
        "aliases": []
      },
      "xKey": {
        "name": "xKey",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Property along the x axis; the first one by default.",
        "aliases": []
      },
      "yKey": {
        "name": "yKey",
        "type": "any",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Property along the y axis, or a list of them.",
        "aliases": []
      },
      "height": {
        "name": "height",
        "type": "number",
        "required": false,
        "default": 300,
        "choices": [],
        "doc": "Height in pixels.",
        "aliases": []
      },
      "title": {
        "name": "title",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What the picture shows; also its accessible name.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "LogStream": {
    "name": "LogStream",
    "doc": "Lines of text or {level, message, time}, the newest last.",
    "columns": 12,
    "content": "none",
    "props": {
      "data": {
        "name": "data",
        "type": "list",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "The lines.",
        "aliases": []
      },
      "height": {
        "name": "height",
        "type": "number",
        "required": false,
        "default": 200,
        "choices": [],
        "doc": "Height in pixels.",
        "aliases": []
      },
      "autoScroll": {
        "name": "autoScroll",
        "type": "boolean",
        "required": false,
        "default": true,
        "choices": [],
        "doc": "Follows the newest line.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Progress": {
    "name": "Progress",
    "doc": "How far something has come; without a value, that it goes on.",
    "columns": 6,
    "content": "none",
    "props": {
      "value": {
        "name": "value",
        "type": "number",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What is done.",
        "aliases": []
      },
      "max": {
        "name": "max",
        "type": "number",
        "required": false,
        "default": 100,
        "choices": [],
        "doc": "What there is to do.",
        "aliases": []
      },
      "label": {
        "name": "label",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What it is called; also its accessible name.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Spinner": {
    "name": "Spinner",
    "doc": "Says that something goes on.",
    "columns": 6,
    "content": "none",
    "props": {
      "label": {
        "name": "label",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What it is called; also its accessible name.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Code": {
    "name": "Code",
    "doc": "Code, its lines kept; its children are its content.",
    "columns": 6,
    "content": "text",
    "textProp": "content",
    "props": {
      "content": {
        "name": "content",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "The code.",
        "aliases": []
      },
      "language": {
        "name": "language",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Language it is in, shown above it.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Markdown": {
    "name": "Markdown",
    "doc": "Text in Markdown with tables and task lists; HTML in it is shown as it is written.",
    "columns": 6,
    "content": "text",
    "textProp": "content",
    "props": {
      "content": {
        "name": "content",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "The Markdown.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Link": {
    "name": "Link",
    "doc": "Leads to another page; one of another host opens beside this one.",
    "columns": 6,
    "content": "text",
    "textProp": "label",
    "props": {
      "label": {
        "name": "label",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Its text.",
        "aliases": []
      },
      "href": {
        "name": "href",
        "type": "link",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Where to: https://…, http://…, mailto:… or a path such as /docs.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Image": {
    "name": "Image",
    "doc": "A picture of the same host.",
    "columns": 6,
    "content": "none",
    "props": {
      "src": {
        "name": "src",
        "type": "image",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "A path such as /logo.png, or data:image/… of png, jpeg, gif or webp.",
        "aliases": []
      },
      "alt": {
        "name": "alt",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "What it shows, for who does not see it.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Tabs": {
    "name": "Tabs",
    "doc": "Shows one Tab, that whose value or title bind holds; its tool runs after a change.",
    "columns": 12,
    "content": "nodes",
    "holds": "Tab",
    "props": {
      "bind": {
        "name": "bind",
        "type": "binding",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Path in $state or $scope that is shown and written.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Tab": {
    "name": "Tab",
    "doc": "One page of Tabs; its tool runs when it is chosen.",
    "columns": 12,
    "content": "nodes",
    "within": "Tabs",
    "props": {
      "title": {
        "name": "title",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "What stands on the tab.",
        "aliases": []
      },
      "value": {
        "name": "value",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "What bind holds while it is shown; the title by default.",
        "aliases": []
      }
    },
    "free": false,
    "structural": false
  },
  "Modal": {
    "name": "Modal",
    "doc": "A dialog over the page while open, or what bind holds, is true; closing writes false.",
    "columns": 12,
    "content": "nodes",
    "props": {
      "title": {
        "name": "title",
        "type": "string",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Heading of the dialog.",
        "aliases": []
      },
      "open": {
        "name": "open",
        "type": "condition",
        "required": false,
        "default": false,
        "choices": [],
        "doc": "Whether it is shown, where it is not bound.",
        "aliases": []
      },
      "bind": {
        "name": "bind",
        "type": "binding",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Path in $state or $scope that is shown and written.",
        "aliases": []
      },
      "trigger": {
        "name": "trigger",
        "type": "tool",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Tool to run when it is closed.",
        "aliases": [
          "onClick",
          "on:click",
          "onSubmit",
          "on:submit"
        ]
      }
    },
    "free": false,
    "structural": false
  },
  "CustomComponent": {
    "name": "CustomComponent",
    "doc": "A component that the host registered; other attributes are values for it, `bind:<name>` a path that it shows and writes, `on:<event>` the tool of an event.",
    "columns": 6,
    "content": "nodes",
    "props": {
      "module": {
        "name": "module",
        "type": "module",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "Name under which the host registered it, such as acme.map.",
        "aliases": []
      },
      "component": {
        "name": "component",
        "type": "name",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Which component of the module; the default one where it is left out.",
        "aliases": []
      }
    },
    "free": true,
    "structural": false
  },
  "If": {
    "name": "If",
    "doc": "Shows its children while the condition holds.",
    "columns": 12,
    "content": "nodes",
    "props": {
      "condition": {
        "name": "condition",
        "type": "condition",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "When to show.",
        "aliases": [
          "test",
          "when"
        ]
      }
    },
    "free": false,
    "structural": true
  },
  "Else": {
    "name": "Else",
    "doc": "Directly after an If: shows its children while the condition does not hold.",
    "columns": 12,
    "content": "nodes",
    "props": {},
    "free": false,
    "structural": true
  },
  "Iterate": {
    "name": "Iterate",
    "doc": "Draws its children once for each item of a list, with $scope.<as> and $scope.index.",
    "columns": 12,
    "content": "nodes",
    "props": {
      "items": {
        "name": "items",
        "type": "expression",
        "required": true,
        "default": null,
        "choices": [],
        "doc": "The list.",
        "aliases": [
          "over",
          "each"
        ]
      },
      "as": {
        "name": "as",
        "type": "name",
        "required": false,
        "default": "item",
        "choices": [],
        "doc": "Name of an item in $scope.",
        "aliases": []
      },
      "key": {
        "name": "key",
        "type": "string",
        "required": false,
        "default": null,
        "choices": [],
        "doc": "Property of an item that identifies it.",
        "aliases": []
      }
    },
    "free": false,
    "structural": true
  }
} as const;
