//! With nothing between: the Ollama on the user's own machine.

use crate::{laptop::Laptop, models, set};

#[tokio::test]
async fn models_are_listed() {
    let Some(address) = models::shared() else { return };
    set::models_are_listed(&Laptop::new(&address));
}

#[tokio::test]
async fn the_doctor_is_content() {
    let Some(address) = models::shared() else { return };
    set::the_doctor_is_content(&Laptop::new(&address));
}

#[tokio::test]
async fn an_answer_streams() {
    let Some(address) = models::shared() else { return };
    set::an_answer_streams(&Laptop::new(&address).host()).await;
}

#[tokio::test]
async fn a_cancelled_answer_frees_the_host() {
    // Of its own: other tests would wait in the same line.
    let Some(_) = models::shared() else { return };
    let own = models::Own::start(0);
    let host = Laptop::new(&format!("127.0.0.1:{}", own.port)).host();
    set::a_cancelled_answer_frees_the_host(&host).await;
    set::a_question_taken_back_frees_the_host(&host).await;
}

#[tokio::test]
async fn texts_become_vectors() {
    let Some(address) = models::shared() else { return };
    set::texts_become_vectors(&Laptop::new(&address).host()).await;
}

#[tokio::test]
async fn refusals_are_understood() {
    let Some(address) = models::shared() else { return };
    set::refusals_are_understood(&Laptop::new(&address).host()).await;
}
