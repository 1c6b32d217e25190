/** What each part of NXML is, in the editor's common vocabulary of colours. */
import { styleTags, tags } from "@lezer/highlight";

export const highlighting = styleTags({
  "TagName HandlerName": tags.tagName,
  AttributeName: tags.attributeName,
  'DoubleQuotedText SingleQuotedText "\\"" "\'"': tags.attributeValue,
  Text: tags.content,
  Reference: tags.character,
  Comment: tags.blockComment,
  "ProcessingInstruction CdataStart CdataEnd": tags.processingInstruction,
  Cdata: tags.content,
  '"<" "</" ">" "/>"': tags.angleBracket,
  '"="': tags.definitionOperator,
  '"{" "}"': tags.special(tags.brace),
});
