fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    println!("cargo:rustc-env=TREE_BUILT=by the script");
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-search=native=/nowhere/else");
    println!("cargo:rerun-if-changed=build.rs");
}
