//! Streams: where a line was, and what is done with a bad one.

use std::io::{self, BufReader, Read};

use tagged_json::{Entry, Envelope, Kind, LineReader, lines, lines_in};

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "t", rename_all = "lowercase")]
enum Event {
    Run { n: u8 },
    End,
}

const STREAM: &str =
    "{\"t\":\"run\",\"n\":1}\r\n\n  \nwarning: noise\n{\"n\":300,\"t\":\"run\"}\n{\"t\":\"end\"}";

#[test]
fn stops_at_the_first_bad_line() {
    let mut stream = lines::<_, Event>(STREAM.as_bytes());
    let first = stream.next().unwrap().unwrap();
    assert_eq!((first.number, first.offset, first.value), (1, 0, Event::Run { n: 1 }));
    let error = stream.next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "expected value at line 4 column 1");
    assert_eq!(error.offset(), STREAM.find("warning").unwrap());
    assert!(stream.next().is_none());
}

#[test]
fn skips_and_counts() {
    let mut stream = lines::<_, Event>(STREAM.as_bytes()).skip_bad();
    let read: Vec<_> =
        stream.by_ref().map(|line| line.unwrap()).map(|line| (line.number, line.value)).collect();
    assert_eq!(read, [(1, Event::Run { n: 1 }), (6, Event::End)]);
    assert_eq!(stream.skipped(), 2);
}

#[test]
fn hands_over_bad_lines_as_they_are() {
    let entries: Vec<_> =
        lines::<_, Event>(STREAM.as_bytes()).keep_bad().map(|line| line.unwrap()).collect();
    assert_eq!(entries.len(), 4);
    let Entry::Bad { line, error } = &entries[2].value else { panic!("{entries:?}") };
    assert_eq!(line, br#"{"n":300,"t":"run"}"#);
    assert_eq!(
        error.to_string(),
        "Event::Run: invalid value: integer 300, expected u8 at line 5 column 8 ($.n)"
    );
    assert_eq!(entries[2].offset, STREAM.find("{\"n\":300").unwrap());
    assert_eq!(entries[3].number, 6);
}

#[test]
fn a_slice_gives_the_same_and_lends() {
    let read: Vec<_> = lines_in::<Event>(STREAM.as_bytes())
        .map(|line| line.map(|line| line.number).map_err(|error| error.line()))
        .collect();
    assert_eq!(read, [Ok(1), Err(4), Err(5), Ok(6)]);
    let names: Vec<&str> =
        lines_in::<[&str; 1]>(b"[\"a\"]\n[\"b\"]").map(|line| line.unwrap().value[0]).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn a_line_too_long_is_not_held() {
    let stream = format!("[1]\n[{}2]\n[3]\n", " ".repeat(1 << 20));
    let mut reader = LineReader::new(BufReader::with_capacity(64, stream.as_bytes())).max_len(16);
    assert_eq!(reader.next_as::<[u8; 1]>().unwrap().unwrap().value, [1]);
    let error = reader.next_as::<[u8; 1]>().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.line(), error.offset()), (Kind::TooLarge, 2, 4));
    let third = reader.next_as::<[u8; 1]>().unwrap().unwrap();
    assert_eq!((third.number, third.offset, third.value), (3, stream.len() - 4, [3]));
    assert!(reader.next_as::<[u8; 1]>().is_none());
    // Exactly the limit is allowed, with and without an end of line.
    for text in ["[12]\n", "[12]", "[12]\r\n"] {
        assert!(LineReader::new(text.as_bytes()).max_len(4).next_as::<[u8; 1]>().unwrap().is_ok());
        assert!(LineReader::new(text.as_bytes()).max_len(3).next_as::<[u8; 1]>().unwrap().is_err());
    }
}

#[test]
fn a_failing_reader_ends_the_stream() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("unplugged"))
        }
    }
    let stream = || BufReader::new(b"[1]\n".chain(Broken));
    for kinds in [
        lines::<_, [u8; 1]>(stream())
            .map(|line| line.map_err(|error| error.kind()).is_ok())
            .collect::<Vec<_>>(),
        lines::<_, [u8; 1]>(stream()).skip_bad().map(|line| line.is_ok()).collect(),
        lines::<_, [u8; 1]>(stream()).keep_bad().map(|line| line.is_ok()).collect(),
    ] {
        assert_eq!(kinds, [true, false]);
    }
    let error = tagged_json::from_reader::<_, u8>(Broken).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (Kind::Io, "unplugged".to_owned()));
}
