use tagged_json::Array;

#[derive(Array)]
#[array(len = "atleast")]
struct Row(u8);

fn main() {}
