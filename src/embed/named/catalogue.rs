//! Which models have a name, and how each is read: fastembed's catalogue, and what it does not say.

use fastembed::{EmbeddingModel, ModelInfo, OutputKey, QuantizationMode, TextEmbedding};

use crate::embed::{Batching, Pooling, Reading};
use crate::error::Error;
use crate::message;
use crate::message::Mention;

/// Outputs that hold the vector, or the states to pool, where a model has several: in fastembed's order.
const OUTPUTS: [&str; 3] = ["text_embeds", "last_hidden_state", "sentence_embedding"];

/// One model of the catalogue.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What fastembed knows of it: repository, files, dimensions, output.
    pub model: ModelInfo<EmbeddingModel>,
    /// Its name in the identity: the code of its repository, with the variant where the code alone means another one.
    pub name: String,
    /// How it is read.
    pub reading: Reading,
    /// Whether it was trained on English only.
    pub english_only: bool,
}

/// The model that a name means: its code such as `intfloat/multilingual-e5-small`, the part of it after the slash, or
/// fastembed's variant such as `MultilingualE5Small`; in any case of letters. A code with several variants means the plain one.
///
/// # Errors
/// When no model has that name, or it is none for sentences.
pub fn find(name: &str) -> Result<Entry, Error> {
    let models = models();
    let found = models.iter().find(|model| names(model).iter().any(|known| known.eq_ignore_ascii_case(name)));
    let found = found.ok_or_else(|| unknown(name, &models))?;
    if found.model == EmbeddingModel::ClipVitB32 {
        return Err(Error::Usage(message!(
            "{this}: it was trained on captions of pictures, not on sentences; name a sentence encoder",
            this = Mention::of("embedder").exact(name)
        )));
    }
    let is_plain = models.iter().find(|model| model.model_code == found.model_code).map(|model| &model.model);
    Ok(Entry {
        name: match is_plain == Some(&found.model) {
            true => found.model_code.clone(),
            false => format!("{} {}", found.model_code, found.model),
        },
        reading: reading(found),
        english_only: is_english_only(&found.model),
        model: found.clone(),
    })
}

/// All models, a plain one before its quantised variants: their names are longer.
fn models() -> Vec<ModelInfo<EmbeddingModel>> {
    let mut models = TextEmbedding::list_supported_models();
    models.sort_by_cached_key(|model| {
        let variant = model.model.to_string();
        (variant.len(), variant)
    });
    models
}

fn names(model: &ModelInfo<EmbeddingModel>) -> [String; 3] {
    [model.model_code.clone(), last(&model.model_code).to_owned(), model.model.to_string()]
}

fn last(code: &str) -> &str {
    code.rsplit('/').next().unwrap_or(code)
}

fn unknown(name: &str, models: &[ModelInfo<EmbeddingModel>]) -> Error {
    let like = models.iter().find(|model| last(&model.model_code).eq_ignore_ascii_case(last(name)));
    let all: Vec<[String; 3]> = models.iter().map(names).collect();
    let advice = match like {
        Some(model) => format!("; did you mean {}?", model.model_code),
        None => super::super::advice(name, all.iter().flatten().map(String::as_str)),
    };
    Error::usage(format!(
        "no embedder \"{name}\": give `builtin`, `builtin-int8`, `static`, a directory that holds model.onnx and tokenizer.json, or \
         a model's name as docs/embedders.md lists them{advice}"
    ))
}

fn reading(model: &ModelInfo<EmbeddingModel>) -> Reading {
    let pooling = match TextEmbedding::get_default_pooling_method(&model.model) {
        Some(fastembed::Pooling::Mean) => Pooling::Mean,
        Some(fastembed::Pooling::Cls) | None => Pooling::First,
    };
    let outputs = match model.output_key {
        Some(OutputKey::ByName(name)) => vec![name],
        Some(OutputKey::OnlyOne | OutputKey::ByOrder(_)) | None => OUTPUTS.to_vec(),
    };
    let is_dynamic = TextEmbedding::get_quantization_mode(&model.model) == QuantizationMode::Dynamic;
    let batching = if is_dynamic { Batching::Single } else { Batching::Padded };
    Reading { prompt: prompt(&model.model), outputs, pooling, batching }
}

/// What a model wants to see before each text that is clustered, as its authors' model card has it. The catalogue does not say:
/// this table is ours. A model that is not in it wants nothing, or wants something before queries only.
fn prompt(model: &EmbeddingModel) -> &'static str {
    use EmbeddingModel::*;
    match model {
        MultilingualE5Small | MultilingualE5Base | MultilingualE5Large => "query: ",
        NomicEmbedTextV1 | NomicEmbedTextV15 | NomicEmbedTextV15Q => "clustering: ",
        ModernBertEmbedLarge => "search_document: ",
        EmbeddingGemma300M | EmbeddingGemma300MQ | EmbeddingGemma300MQ4 => "task: clustering | query: ",
        _ => "",
    }
}

/// Ours too: the multilingual models are fewer than the English ones. The Chinese ones are no less at a loss with the rest.
fn is_english_only(model: &EmbeddingModel) -> bool {
    use EmbeddingModel::*;
    !matches!(
        model,
        ParaphraseMLMiniLML12V2
            | ParaphraseMLMiniLML12V2Q
            | ParaphraseMLMpnetBaseV2
            | BGESmallZHV15
            | BGELargeZHV15
            | BGEM3
            | MultilingualE5Small
            | MultilingualE5Base
            | MultilingualE5Large
            | JinaEmbeddingsV2BaseCode
            | EmbeddingGemma300M
            | EmbeddingGemma300MQ
            | EmbeddingGemma300MQ4
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_by_code_by_its_last_part_and_by_variant_in_any_case() {
        for name in ["intfloat/multilingual-e5-small", "Multilingual-E5-Small", "multilinguale5small"] {
            let entry = find(name).unwrap();
            assert_eq!((entry.name.as_str(), entry.model.dim), ("intfloat/multilingual-e5-small", 384));
            assert_eq!((entry.reading.prompt, entry.reading.pooling), ("query: ", Pooling::Mean));
            assert!(!entry.english_only && entry.reading.batching == Batching::Padded);
        }
        assert_eq!(find("bge-m3").unwrap().reading.pooling, Pooling::First);
        assert_eq!(find("embeddinggemma-300m-ONNX").unwrap().reading.outputs, ["sentence_embedding"]);
    }

    #[test]
    fn a_code_means_the_plain_variant_and_a_quantised_one_says_so() {
        let (plain, quantised) = (find("nomic-embed-text-v1.5").unwrap(), find("NomicEmbedTextV15Q").unwrap());
        assert_eq!((plain.name.as_str(), plain.reading.batching), ("nomic-ai/nomic-embed-text-v1.5", Batching::Padded));
        assert_eq!(
            (quantised.name.as_str(), quantised.reading.batching),
            ("nomic-ai/nomic-embed-text-v1.5 NomicEmbedTextV15Q", Batching::Single)
        );
        assert_eq!(find("onnx-community/embeddinggemma-300m-onnx").unwrap().model.model_file, "onnx/model.onnx");
    }

    #[test]
    fn what_is_no_sentence_encoder_or_unknown_is_refused_with_advice() {
        let clip = find("ClipVitB32").unwrap_err();
        assert!(clip.to_string().contains("captions") && clip.exit_code() == 2, "{clip}");
        let original = find("BAAI/bge-small-en-v1.5").unwrap_err().to_string();
        assert!(original.ends_with("; did you mean Xenova/bge-small-en-v1.5?"), "{original}");
        assert!(find("nonsense").unwrap_err().to_string().contains("docs/embedders.md"));
    }

    #[test]
    fn the_documentation_lists_every_model_with_its_prompt() {
        let page = include_str!("../../../docs/embedders.md");
        for model in models().iter().filter(|model| model.model != EmbeddingModel::ClipVitB32) {
            let (code, variant) = (format!("`{}`", model.model_code), format!("`{}`", model.model));
            let row = page.lines().find(|line| line.contains(&code) && line.contains(&variant));
            // A bar within a cell is written with a backslash.
            let row = row.unwrap_or_else(|| panic!("docs/embedders.md lacks {code} {variant}")).replace("\\|", "|");
            assert!(row.contains(&format!("| {} |", model.dim)), "{row}");
            assert!(row.contains(prompt(&model.model).trim_end()), "{row}");
        }
    }
}
