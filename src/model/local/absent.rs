//! What stands for the generator where it is not built in: nothing that could be made.

use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::model::failure::Failure;

/// A generator, of which there is none here.
pub enum Generator {}

impl Generator {
    /// Says how a program is built that can open the file.
    ///
    /// # Errors
    /// Always.
    pub fn open(file: &Path) -> Result<Generator, Error> {
        Err(Error::usage(format!(
            "{}: this program was built without a generator of its own (the feature `local`): in a clone of the project, run \
             `cargo install --path . --locked --features local`; or serve the file (llama-server -m FILE) and give the server's \
             address",
            file.display()
        )))
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        match *self {}
    }

    /// What a server says below a path.
    ///
    /// # Errors
    /// Never: there is none.
    pub fn get(&self, _path: &str) -> Result<Value, Failure> {
        match *self {}
    }

    /// The reply to a request.
    ///
    /// # Errors
    /// Never: there is none.
    pub async fn post(&self, _path: &str, _body: &Value) -> Result<String, Failure> {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_a_generator_says_how_one_is_built() {
        let problem = Generator::open(Path::new("model.gguf")).err().unwrap();
        assert_eq!(problem.exit_code(), 2);
        assert!(problem.to_string().contains("cargo install --path . --locked --features local"), "{problem}");
    }
}
