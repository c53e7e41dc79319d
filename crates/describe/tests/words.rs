//! Words of commands: which could be files of the experiment directory, and which are programs.

use pelago_describe::{Source, found_words, programs, read};
use pelago_job::{Experiment, Piece, Template};

fn plan(commands: &str) -> Experiment {
    let head = "parameter x integer range from 1 to 2;\nparameter f files select anyof \"*.txt\";\n";
    let source = Source::new("a.plan", format!("{head}task main\n{commands}\n node:execute true $x $f\nendtask\n"));
    let reading = read(&source, None);
    let shown = reading.render(&source, false);
    reading.said.and_then(|said| said.experiment).unwrap_or_else(|| panic!("{shown}"))
}

fn shown(word: &Template) -> String {
    let piece = |p: &Piece| match p {
        Piece::Text(text) => text.clone(),
        Piece::Param(number) => format!("<{}>", number.0),
        other => format!("{other:?}"),
    };
    word.0.iter().map(piece).collect()
}

fn files(commands: &str) -> String {
    let words: Vec<_> = found_words(&plan(commands)).iter().map(|(_, word)| shown(word)).collect();
    let words: Vec<_> = words.into_iter().filter(|w| w != "true" && w != "<1>").collect();
    words.join(" ")
}

fn first(commands: &str) -> String {
    programs(&plan(commands).groups[0]).join(" ")
}

#[test]
fn words_that_could_be_files() {
    for (commands, expect) in [
        (" exec ./model -v in.$x $x ../up /etc/hosts a=b", "model in.<0>"),
        (" exec sh ./run.sh --opt=in sub/dir/in.dat", "sh run.sh sub/dir/in.dat"),
        (" node:execute sort < in.txt > out.txt 2>&1", "sort in.txt"),
        (" node:execute awk '{print $1}' data.$x | head -3 >> log 2> err", "awk data.<0> head"),
        (" node:execute tar xfz s.${x}*.gz && mv a.$x b && cd dir && ./later c", "tar xfz mv a.<0> b"),
        (" node:execute A=1 B=$x ./m \"quoted name\" `date` $HOME/x http://a/b", "m"),
        (" node:execute . ./setup", "setup"),
        (" copy a.$x node:b", ""),
    ] {
        assert_eq!(files(commands), expect, "{commands}");
    }
}

#[test]
fn programs_that_are_started() {
    for (commands, expect) in [
        (" exec ./model a\n exec ./model b", "./model"),
        (" exec env A=1 /bin/sh run.sh", "env /bin/sh"),
        (
            " node:execute A=1 sort < in | uniq -c > out; cut -f1 out && ! grep x out || nice -n 10 make",
            "sort uniq cut grep nice make",
        ),
        (" node:execute cd dir && . ./setup && exec ./m", "./m"),
        (" node:execute if test -f a; then cp a b; else touch b; fi", "test cp touch"),
        (" node:execute for i in 1 2; do echo $i; done", "echo"),
        (" node:execute (make all) > log 2>&1", "make"),
        (" node:execute > log date", "date"),
    ] {
        let found = first(commands);
        let found: Vec<_> = found.split(' ').filter(|w| *w != "true").collect();
        assert_eq!(found.join(" "), expect, "{commands}");
    }
}
