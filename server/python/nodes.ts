/**
 * Our own syntax tree of a Python file. Rules and facts see only these nodes, never the parser's.
 * Spans are UTF-16 offsets into the analysed text. Only the parser changes them, when a statement goes over to a newer module.
 */

interface At {
  readonly start: number;
  readonly end: number;
}

interface Numbered extends At {
  /** Its number in the module: what is known of nodes lies in lists. */
  readonly order: number;
}

export interface Name extends Numbered {
  readonly kind: 'Name';
  readonly id: string;
}
export interface Attribute extends Numbered {
  readonly kind: 'Attribute';
  readonly object: Expr;
  readonly name: string;
  /** `a.b.c` where all parts are plain names: the names of an environment, joined once and not at every look-up. */
  readonly path: string | undefined;
}
export interface Keyword extends At {
  /** Null for `**mapping`. */
  readonly name: string | null;
  readonly value: Expr;
}
export interface Call extends Numbered {
  readonly kind: 'Call';
  readonly callee: Expr;
  readonly args: readonly Expr[];
  readonly keywords: readonly Keyword[];
  /** From the opening to past the closing bracket; empty for `f x` shapes that errors leave behind. */
  readonly brackets: At;
}
export interface Subscript extends Numbered {
  readonly kind: 'Subscript';
  readonly object: Expr;
  readonly indices: readonly Expr[];
}
export interface NumberLiteral extends Numbered {
  readonly kind: 'Number';
  readonly value: number;
  readonly float: boolean;
}
export interface StringLiteral extends Numbered {
  readonly kind: 'String';
  /** Content without quotes; escapes are left as written. */
  readonly value: string;
}
/** An f-string, or a concatenation that holds one. */
export interface FormattedString extends Numbered {
  readonly kind: 'Formatted';
  readonly parts: readonly Expr[];
}
export interface Literal extends Numbered {
  readonly kind: 'Literal';
  readonly value: true | false | null | 'ellipsis';
}
export interface Sequence extends Numbered {
  readonly kind: 'Tuple' | 'List' | 'Set';
  readonly items: readonly Expr[];
}
export interface DictEntry {
  /** Null for `**mapping`. */
  readonly key: Expr | null;
  readonly value: Expr;
}
export interface Dict extends Numbered {
  readonly kind: 'Dict';
  readonly entries: readonly DictEntry[];
}
export interface ComprehensionClause {
  readonly target: Expr;
  readonly iterable: Expr;
  readonly conditions: readonly Expr[];
}
export interface Comprehension extends Numbered {
  readonly kind: 'Comprehension';
  readonly form: 'list' | 'set' | 'dict' | 'generator';
  readonly key: Expr | null;
  readonly element: Expr;
  readonly clauses: readonly ComprehensionClause[];
}
export interface Binary extends Numbered {
  readonly kind: 'Binary';
  readonly operator: string;
  readonly left: Expr;
  readonly right: Expr;
}
/** `and` / `or`. */
export interface BoolOperation extends Numbered {
  readonly kind: 'Bool';
  readonly operator: 'and' | 'or';
  readonly left: Expr;
  readonly right: Expr;
}
export interface Compare extends Numbered {
  readonly kind: 'Compare';
  readonly operators: readonly string[];
  readonly operands: readonly Expr[];
}
export interface Unary extends Numbered {
  readonly kind: 'Unary';
  readonly operator: 'not' | '-' | '+' | '~';
  readonly operand: Expr;
}
export interface Conditional extends Numbered {
  readonly kind: 'Conditional';
  readonly body: Expr;
  readonly test: Expr;
  readonly orelse: Expr;
}
export interface Lambda extends Numbered {
  readonly kind: 'Lambda';
  readonly parameters: readonly Parameter[];
  readonly body: Expr;
}
export interface Wrapped extends Numbered {
  readonly kind: 'Await' | 'Starred' | 'Yield';
  readonly value: Expr | null;
}
export interface Walrus extends Numbered {
  readonly kind: 'Walrus';
  readonly target: Name;
  readonly value: Expr;
}
export interface Slice extends Numbered {
  readonly kind: 'Slice';
  readonly parts: readonly Expr[];
}
/** What the parser could not make sense of, or what lies deeper than we look. */
export interface Unknown extends Numbered {
  readonly kind: 'Unknown';
  readonly parts: readonly Expr[];
}

export type Expr =
  | Name
  | Attribute
  | Call
  | Subscript
  | NumberLiteral
  | StringLiteral
  | FormattedString
  | Literal
  | Sequence
  | Dict
  | Comprehension
  | Binary
  | BoolOperation
  | Compare
  | Unary
  | Conditional
  | Lambda
  | Wrapped
  | Walrus
  | Slice
  | Unknown;

export interface Parameter extends At {
  readonly name: string;
  readonly form: 'plain' | 'keywordOnly' | 'rest' | 'keywords';
  readonly annotation: Expr | null;
  readonly fallback: Expr | null;
}

export interface Block extends At {
  readonly body: readonly Stmt[];
}

export interface ExprStatement extends Numbered {
  readonly kind: 'Expr';
  readonly value: Expr;
}
export interface Assign extends Numbered {
  readonly kind: 'Assign';
  /** Several for `a = b = value`. */
  readonly targets: readonly Expr[];
  readonly annotation: Expr | null;
  readonly value: Expr | null;
}
export interface AugAssign extends Numbered {
  readonly kind: 'AugAssign';
  readonly target: Expr;
  /** With the equals sign: `+=`. */
  readonly operator: string;
  readonly value: Expr;
}
export interface For extends Numbered {
  readonly kind: 'For';
  readonly target: Expr;
  readonly iterable: Expr;
  readonly body: Block;
  readonly orelse: Block | null;
}
export interface While extends Numbered {
  readonly kind: 'While';
  readonly test: Expr;
  readonly body: Block;
  readonly orelse: Block | null;
}
export interface Branch {
  readonly test: Expr;
  readonly body: Block;
}
export interface If extends Numbered {
  readonly kind: 'If';
  /** `if` and each `elif`: a list, so that a thousand `elif` do not nest. */
  readonly branches: readonly Branch[];
  readonly orelse: Block | null;
}
export interface WithItem {
  readonly context: Expr;
  readonly target: Expr | null;
}
export interface With extends Numbered {
  readonly kind: 'With';
  readonly items: readonly WithItem[];
  readonly body: Block;
}
export interface Handler {
  readonly type: Expr | null;
  readonly name: string | null;
  readonly body: Block;
}
export interface Try extends Numbered {
  readonly kind: 'Try';
  readonly body: Block;
  readonly handlers: readonly Handler[];
  readonly orelse: Block | null;
  readonly finalizer: Block | null;
}
export interface FunctionDef extends Numbered {
  readonly kind: 'Function';
  readonly name: string;
  readonly nameSpan: At;
  readonly parameters: readonly Parameter[];
  readonly decorators: readonly Expr[];
  readonly returns: Expr | null;
  readonly body: Block;
  /** Where `def` (or `async def`) stands; `start` lies at the first decorator. */
  readonly defStart: number;
}
export interface ClassDef extends Numbered {
  readonly kind: 'Class';
  readonly name: string;
  readonly nameSpan: At;
  readonly bases: readonly Expr[];
  readonly keywords: readonly Keyword[];
  readonly decorators: readonly Expr[];
  readonly body: Block;
}
export interface Return extends Numbered {
  readonly kind: 'Return';
  readonly value: Expr | null;
}
export interface ImportedName {
  readonly name: string;
  readonly alias: string | null;
}
export interface Import extends Numbered {
  readonly kind: 'Import';
  readonly names: readonly ImportedName[];
}
export interface ImportFrom extends Numbered {
  readonly kind: 'ImportFrom';
  /** With leading dots for a relative import. */
  readonly module: string;
  /** `*` alone for a star import. */
  readonly names: readonly ImportedName[];
}
export interface ScopeDeclaration extends Numbered {
  readonly kind: 'Global' | 'Nonlocal';
  readonly names: readonly string[];
}
export interface MatchCase {
  /** Names that the pattern binds. */
  readonly names: readonly string[];
  readonly guard: Expr | null;
  readonly body: Block;
}
export interface Match extends Numbered {
  readonly kind: 'Match';
  readonly subject: Expr;
  readonly cases: readonly MatchCase[];
}
export interface Simple extends Numbered {
  readonly kind: 'Raise' | 'Assert' | 'Delete';
  readonly values: readonly Expr[];
}
export interface Bare extends Numbered {
  readonly kind: 'Pass' | 'Break' | 'Continue';
}
/** Text that does not parse; what could be recovered from it. */
export interface Broken extends Numbered {
  readonly kind: 'Broken';
  readonly body: Block;
}

export type Stmt =
  | ExprStatement
  | Assign
  | AugAssign
  | For
  | While
  | If
  | With
  | Try
  | FunctionDef
  | ClassDef
  | Return
  | Import
  | ImportFrom
  | ScopeDeclaration
  | Match
  | Simple
  | Bare
  | Broken;

export type Node = Expr | Stmt;

export interface Comment extends At {
  /** With the leading `#`. */
  readonly text: string;
}

export interface Module {
  readonly text: string;
  readonly body: Block;
  readonly comments: readonly Comment[];
  /** More than the largest number of a node. */
  readonly nodes: number;
  /** Where the first part begins that did not parse; undefined where all of it did. */
  readonly syntaxErrorAt: number | undefined;
}
