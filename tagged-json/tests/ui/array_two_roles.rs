use tagged_json::Array;

#[derive(Array)]
struct Row {
    #[array(default, optional)]
    note: Option<String>,
}

fn main() {}
