"""Constructors of the tree's models for values that the parser itself made.

Validation of what was just built correctly is most of the cost of a parse; these constructors
leave it out and fill in the defaults. They are typed as the models are, so the type checker sees
every call. A test reads every tree back from its JSON with validation and finds it equal.
"""

from typing import Any, TypeVar, cast

from pydantic import BaseModel

from nexus_protocol import Model, ast, expressions, stream
from nexus_protocol.locations import Span

M = TypeVar("M", bound=Model)

_new = object.__new__
# The setters of the slots themselves: a model is frozen, and object.__setattr__ looks them up anew.
_slots = BaseModel.__dict__
_set_values = _slots["__dict__"].__set__
_set_given = _slots["__pydantic_fields_set__"].__set__
_set_extra = _slots["__pydantic_extra__"].__set__
_set_private = _slots["__pydantic_private__"].__set__


def trusted(model: type[M]) -> type[M]:
    """Return a constructor of ``model`` that does not validate.

    Fields with a mutable default have to be given, for defaults are shared.
    """
    fields = set(model.model_fields)
    blank: dict[str, Any] = {  # every field in its order, so that JSON prints them in it
        name: None if field.is_required() else field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
    }

    def make(**values: Any) -> M:  # noqa: ANN401
        made = _new(model)
        _set_values(made, {**blank, **values})
        _set_given(made, fields)
        _set_extra(made, None)
        _set_private(made, None)
        return made

    return cast("type[M]", make)


make_span = trusted(Span)

make_literal = trusted(ast.LiteralValue)
make_expression_value = trusted(ast.ExpressionValue)
make_template = trusted(ast.TemplateValue)
make_binding = trusted(ast.BindingValue)
make_state = trusted(ast.State)
make_computed = trusted(ast.Computed)
make_arg = trusted(ast.Arg)
make_data = trusted(ast.Data)
make_extension = trusted(ast.Extension)
make_handler = trusted(ast.Handler)
make_interval = trusted(ast.IntervalTrigger)
make_cron = trusted(ast.CronTrigger)
make_event = trusted(ast.EventTrigger)
make_change = trusted(ast.ChangeTrigger)
make_tool = trusted(ast.Tool)
make_lifecycle = trusted(ast.Lifecycle)
make_logic = trusted(ast.Logic)
make_cell = trusted(ast.Cell)
make_text_node = trusted(ast.TextNode)
make_custom = trusted(ast.Custom)
make_component = trusted(ast.ComponentNode)
make_if = trusted(ast.IfNode)
make_iterate = trusted(ast.IterateNode)
make_given = trusted(ast.Given)
make_call_step = trusted(ast.Call)
make_expect_step = trusted(ast.Expect)
make_test = trusted(ast.PanelTest)
make_panel = trusted(ast.PanelAst)

make_constant = trusted(expressions.LiteralExpression)
make_identifier = trusted(expressions.Identifier)
make_member = trusted(expressions.MemberExpression)
make_call = trusted(expressions.CallExpression)
make_unary = trusted(expressions.UnaryExpression)
make_binary = trusted(expressions.BinaryExpression)
make_logical = trusted(expressions.LogicalExpression)
make_conditional = trusted(expressions.ConditionalExpression)
make_property = trusted(expressions.Property)
make_object = trusted(expressions.ObjectExpression)
make_arrow = trusted(expressions.ArrowFunctionExpression)

make_opened = trusted(stream.NodeOpened)
make_node_read = trusted(stream.NodeRead)
make_text_read = trusted(stream.TextRead)
make_closed = trusted(stream.NodeClosed)
make_state_read = trusted(stream.StateRead)
make_computed_read = trusted(stream.ComputedRead)
make_tool_read = trusted(stream.ToolRead)
