//! A conversation as a model was trained to read it: by the chat template in its file, or the known one of its architecture.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value as Jinja};
use minijinja::{Environment, ErrorKind, State, context};
use serde_json::Value;

use super::vocabulary::Vocabulary;
use super::weights::Weights;

/// The template of qwen and of many others.
const CHATML: &str = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}\
                      <|im_start|>assistant{{ '\n' }}";
/// The one of llama 3.
const LLAMA: &str = "{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n\
                     {{ message.content }}<|eot_id|>{% endfor %}<|start_header_id|>assistant<|end_header_id|>{{ '\n\n' }}";

/// How conversations are written.
pub struct Conversation {
    environment: Environment<'static>,
    template: String,
    begin: String,
    end: String,
}

impl Conversation {
    /// Of a file, and what is to be said of it: its own template may be one that cannot be read here.
    pub fn of(weights: &Weights, vocabulary: &Vocabulary) -> (Conversation, Option<String>) {
        let mut environment = Environment::new();
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        environment.add_function("raise_exception", refuse);
        environment.set_unknown_method_callback(method);
        let known =
            if weights.architecture == "llama" && vocabulary.controls().iter().any(|(_, name)| name == "<|eot_id|>") {
                LLAMA
            } else {
                CHATML
            };
        let own = weights.text("tokenizer.chat_template");
        let problem = own.and_then(|own| environment.template_from_str(own).err());
        let note =
            problem.map(|problem| format!("its chat template cannot be read ({problem}): the usual one is used"));
        let template = own.filter(|_| note.is_none()).unwrap_or(known).to_owned();
        let begin = vocabulary.name(weights, "tokenizer.ggml.bos_token_id");
        let end = vocabulary.name(weights, "tokenizer.ggml.eos_token_id");
        (Conversation { environment, template, begin, end }, note)
    }

    /// The text of a conversation, up to where the model is to speak; it is not to think aloud before it does.
    ///
    /// # Errors
    /// When the template refuses it, such as a system's turn, in its own words.
    pub fn text(&self, messages: &[Value]) -> Result<String, String> {
        let values = context! {
            messages => Jinja::from(Serde(messages)),
            add_generation_prompt => true,
            enable_thinking => false,
            bos_token => self.begin.as_str(),
            eos_token => self.end.as_str(),
        };
        self.environment.render_str(&self.template, values).map_err(|problem| problem.to_string())
    }
}

/// What a template calls where it does not take a conversation.
fn refuse(said: String) -> Result<Jinja, minijinja::Error> {
    Err(minijinja::Error::new(ErrorKind::InvalidOperation, said))
}

/// The methods of Python's strings that templates call.
fn method(_: &mut State<'_, '_>, value: &Jinja, name: &str, arguments: &[Jinja]) -> Result<Jinja, minijinja::Error> {
    let unknown = || minijinja::Error::from(ErrorKind::UnknownMethod);
    let text = value.as_str().ok_or_else(unknown)?;
    let arguments: Vec<&str> = arguments.iter().filter_map(|argument| argument.as_str()).collect();
    let is_in = |c: char| arguments.first().map_or(c.is_whitespace(), |set| set.contains(c));
    let first = || arguments.first().copied().ok_or_else(unknown);
    Ok(match name {
        "strip" => text.trim_matches(is_in).into(),
        "lstrip" => text.trim_start_matches(is_in).into(),
        "rstrip" => text.trim_end_matches(is_in).into(),
        "startswith" => text.starts_with(first()?).into(),
        "endswith" => text.ends_with(first()?).into(),
        "lower" => text.to_lowercase().into(),
        "upper" => text.to_uppercase().into(),
        "split" => text.split(first()?).map(Jinja::from).collect::<Vec<_>>().into(),
        _ => return Err(unknown()),
    })
}
