use tagged_json::Array;

#[derive(Array)]
enum Shape {
    Dot(u8),
}

fn main() {}
