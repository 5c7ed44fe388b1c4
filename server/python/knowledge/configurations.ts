/** Libraries that make objects of settings. Patterns over qualified names. */

/** What a field of a dataclass or its like is declared with; its default is an argument. */
export const fieldDeclaration = /^(dataclasses\.field|attrs?\.(field|ib)|pydantic\.(\w+\.)?Field)$/;

/** Functions that fill a class from the command line: the class is the first argument or this keyword. */
export const filledFromCommandLine =
  /^(tyro\.cli|simple_parsing\.parse|pyrallis\.(parse|argparsing\.parse)|draccus\.parse|jsonargparse\.CLI|chz\.entrypoint)$/;
export const classKeyword = /^(config_class|f|components)$/;

/** Parsers that are given classes and hand back one object of each. */
export const classParser = /(^|\.)(HfArgumentParser|TrlParser|H4ArgumentParser)$/;
export const classParserMethod =
  /^parse_(args_into_dataclasses|args_and_config|yaml_file|json_file|dict|yaml|json)$/;

/** Mappings whose keys are attributes too. */
export const attributeMapping =
  /^(types\.SimpleNamespace|argparse\.Namespace|easydict\.EasyDict|addict\.Dict|munch\.(Munch|munchify)|box\.Box|omegaconf\.(OmegaConf\.create|DictConfig)|ml_collections\.(config_dict\.)?ConfigDict|edict)$/;

/** Objects of settings by their names: nothing in a step changes what they hold. */
export const settingsName =
  /^_?((model_|train_)?(config|cfg)|conf|args|opts?|hparams|hps|settings|options|flags|((image|video|feature)_)?(processor|extractor))$/i;

/** Functions that read a file of settings: what they are given is the opened file, or its path. */
export const readsSettings =
  /^(yaml\.(safe_load|load|full_load|unsafe_load)|json\.load|omegaconf\.OmegaConf\.load)$/;
export const omegaConf = /^omegaconf\.(OmegaConf|DictConfig)\b/;
/** Those that give a file back as it is, in another form. */
export const keepsSettings = /^omegaconf\.OmegaConf\.(to_container|to_object|structured)$/;
/** What the command line says, laid over what is known. */
export const saidOnCommandLine = /^omegaconf\.OmegaConf\.(from_cli|from_dotlist)$/;
export const laysOver = /^omegaconf\.OmegaConf\.(merge|unsafe_merge)$/;

/** Decorators that hand the first parameter a file of settings, by the keywords that name its folder and itself. */
export const handsSettings = 'hydra.main';
