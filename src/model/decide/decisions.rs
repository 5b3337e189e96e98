//! `POST /v1/decisions`: the text is an `input`, and answers come in the order of the questions, each of which may be a
//! refusal. The types of question are `predicate`, `choice` and `score`. Servers: OpenAI, SGLang and gateways.

use async_openai::types::decisions::{
    ChoiceOptionParam, ChoiceValueParam, DecisionInput, DecisionRequest, QuestionParam, QuestionParamChoice,
    QuestionParamInstructions, QuestionParamPredicate,
};
use serde_json::Value;

use super::{Said, Typed};

pub(super) fn body(model: &str, typed: &Typed<'_>) -> Value {
    let request = DecisionRequest {
        model: model.to_owned(),
        input: DecisionInput::Text(typed.state.to_owned()),
        questions: questions(typed),
        ..DecisionRequest::default()
    };
    serde_json::to_value(request).unwrap_or_default()
}

fn questions(typed: &Typed<'_>) -> Vec<QuestionParam> {
    let text = |text: String| QuestionParamInstructions::Text(text);
    if typed.several {
        let asked = |entry| QuestionParamPredicate { name: None, instructions: text(typed.about(entry)) };
        return typed.entries.iter().map(|entry| QuestionParam::Predicate(asked(entry))).collect();
    }
    let option = |(name, predicate): (&str, Option<&str>)| ChoiceOptionParam {
        value: ChoiceValueParam::Text(name.to_owned()),
        description: predicate.map(str::to_owned),
    };
    vec![QuestionParam::Choice(QuestionParamChoice {
        name: None,
        instructions: text(typed.instructions.to_owned()),
        choices: typed.options().map(option).collect(),
    })]
}

/// None where the reply is not one to the question.
pub(super) fn probabilities(value: &Value, typed: &Typed<'_>) -> Option<Said> {
    let answers = value["answers"].as_array()?;
    let is_refusal = |answer: &Value| answer["type"] == "refusal";
    if typed.several {
        let one = |answer: &Value| match is_refusal(answer) {
            true => Some(None),
            false => answer["probability"].as_f64().map(Some),
        };
        let all: Vec<Option<f64>> = answers.iter().map(one).collect::<Option<Vec<_>>>()?;
        return (all.len() == typed.entries.len()).then_some(Said::Probabilities(all));
    }
    let [answer] = answers.as_slice() else { return None };
    if is_refusal(answer) {
        return Some(Said::Declined);
    }
    let listed = answer["probabilities"].as_array()?;
    let of_name = |name: &String| {
        let of_it = |option: &&Value| option["value"].as_str() == Some(name);
        listed.iter().find(of_it)?["probability"].as_f64().map(Some)
    };
    let probabilities = typed.names.iter().map(of_name).collect::<Option<Vec<_>>>()?;
    typed.is_of(&answer["choice"], &probabilities).then_some(Said::Probabilities(probabilities))
}
