//! Conversations as ChatGPT exports them: a tree of messages, as a list of turns.

use serde_json::{Map, Value, json};

/// The field of the tree.
const TREE: &str = "mapping";
/// The field of the turns.
const TURNS: &str = "messages";
/// Whose messages are turns; a system and its tools take no part.
const ROLES: [&str; 2] = ["user", "assistant"];

/// The fields, with a list of turns for a tree of messages: those from the root to the current one.
pub(super) fn as_turns(mut fields: Map<String, Value>) -> Map<String, Value> {
    let Some(tree) = fields.get(TREE).and_then(Value::as_object).filter(|tree| is_tree(tree)) else {
        return fields;
    };
    if fields.contains_key(TURNS) {
        return fields;
    }
    let current = fields.get("current_node").and_then(Value::as_str).filter(|node| tree.contains_key(*node));
    let turns: Vec<Value> = branch(tree, current).into_iter().filter_map(turn).collect();
    fields.shift_remove(TREE);
    fields.insert(TURNS.to_owned(), Value::Array(turns));
    fields
}

/// Whether all members are the nodes of a tree.
fn is_tree(tree: &Map<String, Value>) -> bool {
    let is_node = |node: &Value| {
        node.get("message").is_some() && (node.get("parent").is_some() || node.get("children").is_some())
    };
    !tree.is_empty() && tree.values().all(is_node)
}

/// The nodes from the root to the current one, or to the last leaf.
fn branch<'a>(tree: &'a Map<String, Value>, current: Option<&str>) -> Vec<&'a Value> {
    let mut name = current.or_else(|| last_leaf(tree));
    let mut branch = Vec::new();
    // No node stands on a branch twice, whatever a file says.
    while let Some(node) = name.and_then(|name| tree.get(name)).filter(|_| branch.len() < tree.len()) {
        branch.push(node);
        name = node.get("parent").and_then(Value::as_str);
    }
    branch.reverse();
    branch
}

fn last_leaf(tree: &Map<String, Value>) -> Option<&str> {
    let has_children = |node: &Value| node.get("children").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    let mut leaves = tree.iter().filter(|(_, node)| !has_children(node)).map(|(name, _)| name.as_str());
    leaves.next_back()
}

/// A node as a turn, where a person or the assistant said something.
fn turn(node: &Value) -> Option<Value> {
    let message = node.get("message")?;
    let role = message.pointer("/author/role")?.as_str().filter(|role| ROLES.contains(role))?;
    let parts = message.pointer("/content/parts")?.as_array()?;
    let said: Vec<&str> = parts.iter().filter_map(Value::as_str).filter(|part| !part.trim().is_empty()).collect();
    (!said.is_empty()).then(|| json!({"role": role, "content": said.join("\n")}))
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{ids, options, read_as, texts};
    use crate::corpus::{ReadOptions, Turns};

    const EXPORT: &[u8] = br#"[{"title": "A title of five words", "mapping": {
        "r": {"id": "r", "message": null, "parent": null, "children": ["s"]},
        "s": {"message": {"author": {"role": "system"}, "content": {"parts": [""]}}, "parent": "r", "children": ["a"]},
        "a": {"message": {"author": {"role": "user"}, "content": {"parts": ["My order is late"]}}, "parent": "s",
              "children": ["x", "b"]},
        "x": {"message": {"author": {"role": "assistant"}, "content": {"parts": ["first try"]}}, "parent": "a"},
        "b": {"message": {"author": {"role": "assistant"}, "content": {"parts": ["Sorry", {"file": 1}]}}, "parent": "a",
              "children": []}}, "current_node": "b", "conversation_id": "c1"},
        {"title": "Another title of words", "mapping": {
        "q": {"message": {"author": {"role": "user"}, "content": {"parts": ["The soup was cold"]}}, "parent": "zz"}},
        "conversation_id": "c2"}]"#;

    #[test]
    fn a_tree_of_messages_is_a_chat_and_its_title_no_text() {
        let corpus = read_as("conversations.json", EXPORT, &options()).unwrap();
        assert_eq!(texts(&corpus), ["user: My order is late\nassistant: Sorry", "user: The soup was cold"]);
        assert_eq!(corpus.documents[0].fields["title"], "A title of five words");
        assert_eq!(ids(&corpus), ["c1", "c2"]);
        let users = ReadOptions { turns: Turns::User, ..options() };
        let corpus = read_as("conversations.json", EXPORT, &users).unwrap();
        assert_eq!(texts(&corpus), ["My order is late", "The soup was cold"]);
    }
}
