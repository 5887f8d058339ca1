use tagged_json::Array;

#[derive(Array)]
struct Row {
    #[array(optional)]
    note: Option<String>,
    #[array(rest)]
    items: Vec<u8>,
}

fn main() {}
