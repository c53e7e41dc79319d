//! Cutting: what stands in each hole of a shape, given a name, or another shape in place of a name.
//!
//! Holes are cut off from the left as long as their ends can be seen (all texts have one width, or the byte behind the
//! hole cannot be in it), then from the right in the same way; one hole, the pivot, gets what is left. So a file name
//! with any bytes may stand next to numbers, as in `out.${file}.${seed}`, and there is only one way to cut.

use crate::shape::{Filling, Hole, Part, Shape};
use std::collections::VecDeque;

/// What stands in a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// This text.
    Literal(&'a str),
    /// Whatever fills this hole of the other shape.
    Hole(&'a Filling),
}

/// A shape cut by another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut<'a> {
    /// One piece for each hole.
    Pieces(Vec<Piece<'a>>),
    /// No text has both shapes.
    Never,
    /// The holes do not stand one to one.
    No,
}

/// A part of what is being cut.
#[derive(Clone, Copy)]
enum Token<'a> {
    Text(&'a str),
    Hole(&'a Hole),
}

/// A reason to stop.
enum Stop {
    Never,
    No,
}

/// From which end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Left,
    Right,
}

impl Shape {
    /// The part that gets what the others leave: the hole up to which all ends can be seen from the left, and behind
    /// which all can be seen from the right. `None` if there is none; the number of parts if there are no holes.
    pub fn pivot(&self) -> Option<usize> {
        let holes: Vec<(usize, &Hole)> = self
            .0
            .iter()
            .enumerate()
            .filter_map(|(number, part)| match part {
                Part::Hole(hole) => Some((number, hole)),
                Part::Text(_) => None,
            })
            .collect();
        let Some((last, _)) = holes.last() else { return Some(self.0.len()) };
        let seen =
            |end: End, number: usize, hole: &Hole| hole.looks.width.is_some() || self.edge(end, number, hole).is_some();
        let pivot =
            holes.iter().find(|(number, hole)| !seen(End::Left, *number, hole)).map_or(*last, |(number, _)| *number);
        let mut behind = holes.iter().filter(|(number, _)| *number > pivot);
        behind.all(|(number, hole)| seen(End::Right, *number, hole)).then_some(pivot)
    }

    /// Whether there is one way to cut a name.
    pub fn is_separated(&self) -> bool {
        self.pivot().is_some()
    }

    /// The byte at which a hole ends, seen from one end.
    fn edge(&self, end: End, number: usize, hole: &Hole) -> Option<u8> {
        let text = |number: usize| match self.0.get(number) {
            Some(Part::Text(text)) => Some(text.as_bytes()),
            _ => None,
        };
        match end {
            End::Left => text(number + 1)?.first().copied().filter(|byte| !hole.looks.hides(*byte)),
            End::Right => {
                text(number.checked_sub(1)?)?.last().copied().filter(|byte| !hole.looks.any().contains(*byte))
            }
        }
    }

    /// Cuts a name.
    pub fn cut_name<'a>(&self, name: &'a str) -> Cut<'a> {
        self.cut(VecDeque::from([Token::Text(name)]))
    }

    /// Cuts another shape.
    pub fn cut_shape<'a>(&self, other: &'a Shape) -> Cut<'a> {
        self.cut(
            other
                .0
                .iter()
                .map(|part| match part {
                    Part::Text(text) => Token::Text(text),
                    Part::Hole(hole) => Token::Hole(hole),
                })
                .collect(),
        )
    }

    fn cut<'a>(&self, mut tokens: VecDeque<Token<'a>>) -> Cut<'a> {
        let Some(pivot) = self.pivot() else { return Cut::No };
        let mut pieces = Vec::new();
        let mut behind = Vec::new();
        let mut all = || {
            for number in 0..pivot {
                pieces.extend(self.take(End::Left, number, &mut tokens)?);
            }
            for number in (pivot + 1..self.0.len()).rev() {
                behind.extend(self.take(End::Right, number, &mut tokens)?);
            }
            tokens.retain(|token| !matches!(token, Token::Text("")));
            let rest = tokens.make_contiguous();
            match (self.0.get(pivot), &*rest) {
                (None, []) => {}
                (None, [Token::Text(_)]) => return Err(Stop::Never),
                (Some(_), []) => pieces.push(Piece::Literal("")),
                (Some(_), [Token::Text(text)]) => pieces.push(Piece::Literal(text)),
                (Some(_), [Token::Hole(hole)]) => pieces.push(Piece::Hole(&hole.filling)),
                _ => return Err(Stop::No),
            }
            Ok(())
        };
        match all() {
            Ok(()) => {
                pieces.extend(behind.into_iter().rev());
                Cut::Pieces(pieces)
            }
            Err(Stop::Never) => Cut::Never,
            Err(Stop::No) => Cut::No,
        }
    }

    /// Takes a part off one end; for a hole, what stands in it.
    fn take<'a>(&self, end: End, number: usize, tokens: &mut VecDeque<Token<'a>>) -> Result<Option<Piece<'a>>, Stop> {
        tokens.retain(|token| !matches!(token, Token::Text("")));
        let token = match end {
            End::Left => tokens.pop_front(),
            End::Right => tokens.pop_back(),
        };
        let give_back = |tokens: &mut VecDeque<Token<'a>>, rest: &'a str| match end {
            End::Left => tokens.push_front(Token::Text(rest)),
            End::Right => tokens.push_back(Token::Text(rest)),
        };
        match (self.0.get(number), token) {
            (Some(Part::Text(text)), Some(Token::Text(literal))) => {
                let (rest, is_piece_of) = match end {
                    End::Left => (literal.strip_prefix(text.as_str()), text.starts_with(literal)),
                    End::Right => (literal.strip_suffix(text.as_str()), text.ends_with(literal)),
                };
                match rest {
                    Some(rest) => give_back(tokens, rest),
                    // The text goes on in a hole.
                    None if is_piece_of && !tokens.is_empty() => return Err(Stop::No),
                    None => return Err(Stop::Never),
                }
                Ok(None)
            }
            (Some(Part::Text(_)), Some(Token::Hole(_))) => Err(Stop::No),
            (Some(Part::Hole(theirs)), Some(Token::Hole(mine))) => {
                self.take_hole(end, number, theirs, mine, tokens)?;
                Ok(Some(Piece::Hole(&mine.filling)))
            }
            (Some(Part::Hole(theirs)), Some(Token::Text(literal))) => {
                let (piece, rest) = match (self.edge(end, number, theirs), theirs.looks.width, end) {
                    (Some(byte), _, End::Left) => {
                        // The first byte of a text that is not empty can be the one that ends it: a minus sign.
                        let from = usize::from(!theirs.looks.may_be_empty);
                        let place = literal.as_bytes().iter().skip(from).position(|b| *b == byte).map(|at| at + from);
                        place.and_then(|at| literal.split_at_checked(at))
                    }
                    (Some(byte), _, End::Right) => {
                        let place = literal.as_bytes().iter().rposition(|b| *b == byte);
                        place.and_then(|at| literal.split_at_checked(at + 1)).map(|(rest, piece)| (piece, rest))
                    }
                    (None, Some(width), End::Left) => literal.split_at_checked(width),
                    (None, Some(width), End::Right) => {
                        let at = literal.len().checked_sub(width);
                        at.and_then(|at| literal.split_at_checked(at)).map(|(rest, piece)| (piece, rest))
                    }
                    (None, None, _) => None,
                }
                .ok_or(if tokens.is_empty() { Stop::Never } else { Stop::No })?;
                give_back(tokens, rest);
                Ok(Some(Piece::Literal(piece)))
            }
            (None, _) | (_, None) => Err(Stop::Never),
        }
    }

    /// Whether a hole of what is being cut fills exactly a hole of this shape, for every text that it can have.
    fn take_hole(
        &self,
        end: End,
        number: usize,
        theirs: &Hole,
        mine: &Hole,
        tokens: &VecDeque<Token<'_>>,
    ) -> Result<(), Stop> {
        let Some(byte) = self.edge(end, number, theirs) else {
            // Cut by width.
            let same = theirs.looks.width.is_some() && mine.looks.width == theirs.looks.width;
            return if same { Ok(()) } else { Err(Stop::No) };
        };
        let (hidden, next) = match end {
            End::Left => (
                mine.looks.rest.contains(byte)
                    || (theirs.looks.may_be_empty && mine.looks.first.contains(byte))
                    || (mine.looks.may_be_empty && !theirs.looks.may_be_empty),
                tokens.front(),
            ),
            End::Right => (mine.looks.any().contains(byte), tokens.back()),
        };
        let follows = match (next, end) {
            (Some(Token::Text(text)), End::Left) => text.as_bytes().first() == Some(&byte),
            (Some(Token::Text(text)), End::Right) => text.as_bytes().last() == Some(&byte),
            _ => false,
        };
        if follows && !hidden { Ok(()) } else { Err(Stop::No) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::ByteSet;
    use crate::column::Looks;

    fn text(text: &str) -> Part {
        Part::Text(text.into())
    }

    fn number() -> Part {
        Part::Hole(Hole { filling: Filling::Index, looks: Looks::of_integers(-9, 99) })
    }

    fn words() -> Part {
        let any = ByteSet::of(b"abc.-");
        let looks = Looks { first: any, rest: any, may_be_empty: false, width: None };
        Part::Hole(Hole { filling: Filling::Index, looks })
    }

    #[test]
    fn names_are_cut_from_both_ends() {
        let pieces = |shape: &Shape, name| match shape.cut_name(name) {
            Cut::Pieces(pieces) => pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Literal(text) => text.to_string(),
                    Piece::Hole(_) => "?".into(),
                })
                .collect(),
            _ => Vec::new(),
        };
        let shape = Shape(vec![text("o."), number(), text("."), words(), text("."), number(), text(".z")]);
        assert_eq!(shape.pivot(), Some(3));
        assert_eq!(pieces(&shape, "o.7.a.b.csv.12.z"), ["7", "a.b.csv", "12"]);
        assert!(pieces(&shape, "o.7.12.z").is_empty());
        // A sign is no separator.
        let minus = Shape(vec![number(), text("-"), number()]);
        assert_eq!(pieces(&minus, "-5--3"), ["-5", "-3"]);
        assert_eq!(Shape(vec![words(), text("."), words()]).pivot(), None);
        assert_eq!(Shape(vec![words(), number()]).pivot(), None);
    }
}
