//! What users switch on and off: the settings `editor.hover` and `editor.code_lens`.

use crate::live::View;

/// Whether hovers are shown in a folder.
pub(super) fn hover(view: &View) -> bool {
    view.settings.editor.hover
}

/// Whether code lenses are shown in a folder. They change how code looks, so nobody gets them without asking.
pub(super) fn code_lens(view: &View) -> bool {
    view.settings.editor.code_lens
}
