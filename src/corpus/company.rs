//! Which fields were written about a text or in answer to it, by their names: replies of the
//! company, notes of its staff.

use super::field::words;

/// Words for an answer to a text.
const REPLIES: [&str; 36] = [
    "reply",
    "replies",
    "response",
    "responses",
    "answer",
    "answers",
    "resolution",
    "statement",
    "antwort",
    "antworten",
    "stellungnahme",
    "rückmeldung",
    "réponse",
    "réponses",
    "reponse",
    "respuesta",
    "resposta",
    "risposta",
    "risposte",
    "respostas",
    "respuestas",
    "reactie",
    "reacties",
    "antwoord",
    "antwoorden",
    "odpowiedź",
    "odpowiedzi",
    "odpověď",
    "odpoveď",
    "svar",
    "vastaus",
    "válasz",
    "răspuns",
    "yanıt",
    "cevap",
    "ответ",
];
/// Words for an answer that no question of a survey is called by: it is always one to the text.
const ALWAYS_REPLIES: [&str; 6] = ["reply", "replies", "resolution", "stellungnahme", "lösung", "solution"];
/// Who answers for the company, and would hardly be asked in a survey.
const SPEAKERS: [&str; 36] = [
    "bot",
    "chatbot",
    "developer",
    "dev",
    "company",
    "agent",
    "agents",
    "owner",
    "business",
    "seller",
    "merchant",
    "vendor",
    "host",
    "moderator",
    "operator",
    "admin",
    "administrator",
    "publisher",
    "official",
    "internal",
    "helpdesk",
    "assignee",
    "intern",
    "interne",
    "interner",
    "entwickler",
    "unternehmen",
    "betreiber",
    "anbieter",
    "händler",
    "inhaber",
    "eigentümer",
    "bearbeiter",
    "propriétaire",
    "propietario",
    "empresa",
];
/// Who answers for the company, but may be asked, or asked about, too.
const OTHERS: [&str; 66] = [
    "support",
    "service",
    "team",
    "staff",
    "management",
    "manager",
    "hotel",
    "restaurant",
    "store",
    "shop",
    "brand",
    "provider",
    "public",
    "mitarbeiter",
    "firma",
    "hersteller",
    "unsere",
    "entwicklers",
    "inhabers",
    "betreibers",
    "händlers",
    "anbieters",
    "verkäufers",
    "geschäfts",
    "kundendienst",
    "kundenservice",
    "öffentliche",
    "öffentlicher",
    "enseigne",
    "établissement",
    "entreprise",
    "magasin",
    "boutique",
    "vendeur",
    "équipe",
    "publique",
    "winkel",
    "bedrijf",
    "verkoper",
    "klantenservice",
    "openbare",
    "medewerker",
    "azienda",
    "negozio",
    "venditore",
    "proprietario",
    "struttura",
    "pubblica",
    "firmy",
    "sklepu",
    "sprzedawcy",
    "właściciela",
    "obsługi",
    "publiczna",
    "tienda",
    "negocio",
    "vendedor",
    "propietaria",
    "pública",
    "loja",
    "proprietário",
    "företaget",
    "virksomheden",
    "yrityksen",
    "firmanın",
    "компании",
];
/// Parts of such names in scripts without blanks between words.
const OF_REPLIES: [&str; 9] = ["商家回", "卖家回", "客服回", "店家回", "官方回", "返信", "답글", "판매자", "사장님"];
/// What else a speaker writes.
const WRITTEN: [&str; 16] = [
    "comment",
    "comments",
    "note",
    "notes",
    "message",
    "messages",
    "content",
    "text",
    "body",
    "remark",
    "remarks",
    "kommentar",
    "notiz",
    "notizen",
    "bemerkung",
    "nachricht",
];
/// What staff writes beside a text: `staff_note`, `work notes`.
const NOTES: [&str; 5] = ["note", "notes", "notiz", "notizen", "vermerk"];
/// Whose notes they are, beside those who speak.
const NOTING: [&str; 6] = ["work", "close", "closing", "resolution", "case", "private"];
/// Fields of a ticket in a tracker, in small letters.
const OF_A_TICKET: [&str; 12] = [
    "summary",
    "issue key",
    "issue id",
    "issue type",
    "key",
    "ticket",
    "ticket id",
    "case number",
    "betreff",
    "zusammenfassung",
    "vorgang",
    "short description",
];
const DESCRIPTIONS: [&str; 5] = ["description", "desc", "beschreibung", "descripción", "descrição"];
const COMMENTS: [&str; 10] = [
    "comment",
    "comments",
    "note",
    "notes",
    "kommentar",
    "kommentare",
    "commentaire",
    "commentaires",
    "comentario",
    "comentarios",
];

/// Words between the comments of customers and the notes of staff that stand in one field: `comments_and_work_notes`.
const BOTH: [&str; 4] = ["and", "und", "et", "y"];

/// Whether a name says that the company wrote it: `Developer Reply Text`, `Agent Response`,
/// `Antwort des Betreibers`, `staff_note`. A survey's own `Response` or `Answer` is none.
pub(super) fn is_theirs(name: &str) -> bool {
    if OF_REPLIES.iter().any(|part| name.contains(part)) {
        return true;
    }
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_question = name.trim_end().ends_with('?') || words.len() > 6;
    // A journal of both is where the customers' words stand too.
    let is_shared = has(&BOTH) && has(&COMMENTS[..2]);
    let speaks = has(&SPEAKERS);
    let others = has(&OTHERS);
    !is_question
        && !is_shared
        && ((has(&REPLIES) && (speaks || others))
            || (has(&ALWAYS_REPLIES) && words.len() <= 3)
            || (speaks && has(&WRITTEN))
            || (has(&NOTES) && (others || has(&NOTING))))
}

/// Who writes of others, though a survey may also ask for comments on them.
const SUPERIORS: [&str; 16] = [
    "manager",
    "management",
    "supervisor",
    "staff",
    "team",
    "support",
    "hr",
    "teacher",
    "interviewer",
    "reviewer",
    "editor",
    "vorgesetzte",
    "vorgesetzter",
    "mitarbeiter",
    "personal",
    "führungskraft",
];

/// Whether a name may say that someone else wrote it than those who are heard: `Manager comments`.
pub(super) fn may_be_theirs(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    words.len() <= 3 && !name.trim_end().ends_with('?') && has(&SUPERIORS) && has(&WRITTEN)
}

/// Whether a name is that of what a ticket is about.
pub(super) fn is_description(name: &str) -> bool {
    words(name).iter().any(|word| DESCRIPTIONS.contains(&word.as_str()))
}

/// Names of fields of a product, in words in small letters.
const PRODUCTS: [&str; 9] = ["product", "produkt", "item", "article", "artikel", "sku", "asin", "producto", "produit"];
/// Whose words a field holds that is not the company's, and what they are.
const CUSTOMERS: [&str; 13] = [
    "customer",
    "customers",
    "user",
    "users",
    "buyer",
    "guest",
    "kunde",
    "kunden",
    "client",
    "review",
    "reviews",
    "feedback",
    "cliente",
];

/// Whether a name says that a row is about a product.
pub(super) fn is_product(name: &str) -> bool {
    words(name).iter().any(|word| PRODUCTS.contains(&word.as_str()))
}

/// Whether a name says that customers wrote it.
pub(super) fn is_of_customers(name: &str) -> bool {
    words(name).iter().any(|word| CUSTOMERS.contains(&word.as_str()))
}

/// Whether a name is that of a field that tickets of a tracker have.
pub(super) fn is_of_a_ticket(name: &str) -> bool {
    OF_A_TICKET.contains(&words(name).join(" ").as_str())
}

/// Whether a name is that of the comments below a ticket: `Comment`, `Comment (2)`.
pub(super) fn is_comment(name: &str) -> bool {
    matches!(words(name).as_slice(), [only] if COMMENTS.contains(&only.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_company_writes_is_told_by_its_name() {
        for name in [
            "Developer Reply Text",
            "Developer Response",
            "developer_response",
            "Company Reply Content",
            "Agent Response",
            "Owner answer",
            "Response from the owner",
            "Reply from Management",
            "ownerResponse",
            "replyText",
            "reply",
            "Antwort des Betreibers",
            "Antwort vom Support",
            "staff_note",
            "Work notes",
            "Internal comment",
            "Agent Notes",
            "Resolution notes",
            "Réponse du propriétaire",
            "Hotel response",
            "Company public response",
            "reviewReply comment",
            "Réponse de l'établissement",
            "Öffentliche Antwort",
            "Reactie van het bedrijf",
            "Risposta del negozio",
            "Odpowiedź sklepu",
            "Resposta da loja",
            "Respuesta de la tienda",
            "Ответ компании",
        ] {
            assert!(is_theirs(name), "{name}");
        }
        for name in [
            "Response",
            "Answer",
            "Open-Ended Response",
            "Antwort",
            "Customer Message",
            "Comment",
            "Review Text",
            "staff_comment",
            "Team feedback",
            "Employee Comment",
            "Customer response",
            "Notes",
            "comments_and_work_notes",
            "Hotel review",
            "Was the support team's answer helpful?",
        ] {
            assert!(!is_theirs(name), "{name}");
        }
    }
}
