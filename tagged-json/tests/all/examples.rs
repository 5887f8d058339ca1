//! Every example, run. Its assertions are the test.

#![expect(
    unreachable_pub,
    reason = "an example is a crate of its own, and shows fields by `Debug`"
)]

#[path = "../../examples/bitfinex.rs"]
mod bitfinex;
#[path = "../../examples/cargo_messages.rs"]
mod cargo_messages;
#[path = "../../examples/discord.rs"]
mod discord;
#[path = "../../examples/envelope.rs"]
mod envelope;
#[path = "../../examples/go_test.rs"]
mod go_test;
#[path = "../../examples/jupyter.rs"]
mod jupyter;
#[path = "../../examples/kinds.rs"]
mod kinds;
#[path = "../../examples/kubernetes.rs"]
mod kubernetes;
#[path = "../../examples/lsp.rs"]
mod lsp;
#[path = "../../examples/nostr.rs"]
mod nostr;
#[path = "../../examples/notification.rs"]
mod notification;
#[path = "../../examples/ocpp.rs"]
mod ocpp;
#[path = "../../examples/phoenix.rs"]
mod phoenix;
#[path = "../../examples/wamp.rs"]
mod wamp;

#[test]
fn bitfinex_runs() {
    bitfinex::main().unwrap();
}

#[test]
fn cargo_messages_runs() {
    cargo_messages::main().unwrap();
}

#[test]
fn discord_runs() {
    discord::main().unwrap();
}

#[test]
fn envelope_runs() {
    envelope::main().unwrap();
}

#[test]
fn go_test_runs() {
    go_test::main().unwrap();
}

#[test]
fn jupyter_runs() {
    jupyter::main().unwrap();
}

#[test]
fn kinds_runs() {
    kinds::main().unwrap();
}

#[test]
fn kubernetes_runs() {
    kubernetes::main().unwrap();
}

#[test]
fn lsp_runs() {
    lsp::main().unwrap();
}

#[test]
fn nostr_runs() {
    nostr::main().unwrap();
}

#[test]
fn notification_runs() {
    notification::main().unwrap();
}

#[test]
fn ocpp_runs() {
    ocpp::main().unwrap();
}

#[test]
fn phoenix_runs() {
    phoenix::main().unwrap();
}

#[test]
fn wamp_runs() {
    wamp::main().unwrap();
}
