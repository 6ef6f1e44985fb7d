//! What no statement can say in Basecamp 2.

use crate::catalog::verb::{Body, Place, VERB, Verb, given, hole, may, told};
use crate::value::Type::Text;

/// Every verb, sorted by name.
pub static VERBS: &[Verb] = &[
    Verb {
        name: "create_project_from_template",
        about: "Makes a project of a template. Basecamp 3 returns how far that is, as project_constructions has it, Basecamp 2 the project, a draft.",
        path: "/project_templates/{template_id}/projects.json",
        arguments: &[
            hole("template_id"),
            given("name", Text, "name"),
            may("description", Text, "description"),
        ],
        answers: true,
        ..VERB
    },
    Verb {
        name: "upload_attachment",
        about: "Sends a file and returns its attachable_sgid, for create_upload, create_upload_version or rich text, or its token in Basecamp 2. It is used once.",
        path: "/attachments.json",
        arguments: &[told("filename", Place::Aside)],
        body: Body::Bytes,
        answers: true,
        // The name is said where the token is used.
        ..VERB
    },
];
