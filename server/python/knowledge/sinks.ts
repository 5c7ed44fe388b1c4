/** Calls that only record a value: printing, logging, progress lines, metrics, collecting. */

export type Sink = 'print' | 'log' | 'sum' | 'collect' | 'progress' | 'returned' | 'stored';

/** Methods, whatever the object. What else is updated, such as the priorities of a buffer or a learning rate, is in use. */
export const sinkMethod =
  /^(append|append_\w+|extend|add|add_\w+|update(_\w*(metric|meter|stat|loss|acc|avg|average|log|histor|progress|bar|postfix|scalar|total|score|record|summary|norm)\w*)?|log|log_\w+|logkv\w*|write\w*|set_postfix\w*|set_description\w*|info|debug|warning|warn|error|critical|print\w*|report\w*|record\w*|track\w*|display\w*|plot\w*|scalar|scalars|line|lines|dump|accumulate|summary|echo|store_metrics?|push_metrics?|advance|set|emit)$/;

/** Library and builtin functions. */
export const sinkFunction =
  /^(builtins\.print|print|logging\.\w+|wandb\.log|wandb\.\w+\.log|mlflow\.log_\w+|swanlab\.log|comet_ml\.\w+|neptune\.\w+|json\.dump|tqdm\.write|tqdm\.tqdm\.write|sys\.std(out|err)\.write|click\.echo|rich\.print|trackio\.log|absl\.logging\.\w+|loguru\.logger\.\w+|typer\.echo|aim\.\w+|dllogger\.log|warnings\.warn)$/;

/** Functions of the project by their trailing name. */
export const sinkName =
  /^(log|print|write|record|report|track|save_log|plot|display|progress|show)([_A-Z]\w*)?$|_(logs?|print|logger|report|progress)$/;

/** Methods that add a number to a tensor. */
export const addsInPlace = /^(add_|sub_)$/;

/** Calls whose result stands for the value: follow the result. */
export const passing =
  /^(builtins\.(float|int|round|abs|str|format|repr|max|min|sum|len|dict|list|tuple|bool)|math\.\w+|numpy\.\w+|json\.dumps|torch\.tensor|datetime\.\w+|collections\.\w+)$/;

/** Methods of the value, or of a text built from it, whose result stands for it. */
export const passingMethod =
  /^(format|join|item|strip|rjust|ljust|center|tolist|detach|cpu|numpy|items|values|get|copy|ljust|zfill|round|mean|sum)$/;
