use tagged_json::Array;

#[derive(Array)]
#[array(len = "at_least")]
struct Row {
    #[array(rest)]
    items: Vec<u8>,
}

fn main() {}
