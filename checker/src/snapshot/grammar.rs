//! What can stand on a line of a snapshot.
//!
//! It accepts extra blanks and redundant parts, because `read` compares the whole text with the only
//! spelling afterwards.

use super::cursor::{Cursor, Parsed};
use super::words::{ERRNOS, FLAGS, NO_RETURN, PHASES, PROTECTIONS};
use crate::types::{
    Block, Call, CallNumber, End, Errno, MapRequest, MappingNumber, Moment, Phase, Place, Pointer,
    State, SystemCall,
};

/// What follows the arrow of a call's line.
pub(super) enum Arrow {
    /// Nothing: the call returns nothing.
    None,
    /// The returned pointer.
    Returned(Place),
    /// The call did not return.
    NoReturn,
}

/// The line of a call, after its number.
pub(super) fn call_line(line: &mut Cursor<'_>) -> Parsed<(Call, Arrow)> {
    let call = call(line)?;
    line.skip_blanks();
    let arrow = if line.eat("-> ") {
        if line.eat(NO_RETURN) {
            Arrow::NoReturn
        } else {
            Arrow::Returned(place(line)?)
        }
    } else if call.returns_pointer() {
        return Err("`-> ` and the returned pointer");
    } else {
        Arrow::None
    };
    line.end()?;
    Ok((call, arrow))
}

/// A call. The variable in front is redundant: it is named after the call's number.
fn call(line: &mut Cursor<'_>) -> Parsed<Call> {
    if line.eat("p") {
        line.decimal::<u32>()?;
        line.expect(" = ", "` = ` and a call")?;
    }
    let call = if line.eat("os_malloc(") {
        let size = line.decimal()?;
        Call::Malloc { size }
    } else if line.eat("os_calloc(") {
        let count = line.decimal()?;
        let size = next_size(line)?;
        Call::Calloc { count, size }
    } else if line.eat("os_realloc(") {
        let pointer = variable(line)?;
        let size = next_size(line)?;
        Call::Realloc { pointer, size }
    } else if line.eat("os_free(") {
        let pointer = variable(line)?;
        Call::Free { pointer }
    } else if line.eat("(foreign brk +") {
        let bytes = line.hex()?;
        Call::MoveBreak { bytes }
    } else {
        return Err(
            "a call of os_malloc, os_calloc, os_realloc or os_free, or `(foreign brk +0x…)`",
        );
    };
    line.expect(")", "`)`")?;
    Ok(call)
}

fn next_size(line: &mut Cursor<'_>) -> Parsed<u64> {
    line.expect(", ", "`, ` and a size")?;
    line.decimal()
}

fn variable(line: &mut Cursor<'_>) -> Parsed<Pointer> {
    if line.eat("NULL") {
        return Ok(Pointer::Null);
    }
    line.expect("p", "`NULL` or a variable such as p3")?;
    line.decimal().map(CallNumber).map(Pointer::Of)
}

/// A place, such as `H+0x20`.
pub(super) fn place(line: &mut Cursor<'_>) -> Parsed<Place> {
    if line.eat("NULL") {
        Ok(Place::Null)
    } else if line.eat("elsewhere") {
        Ok(Place::Elsewhere)
    } else if line.eat("H") {
        offset(line).map(Place::Heap)
    } else if line.eat("M") {
        let mapping = MappingNumber(line.decimal()?);
        Ok(Place::Mapping(mapping, offset(line)?))
    } else {
        Err("a place: H+0x…, M1+0x…, NULL or elsewhere")
    }
}

fn offset(line: &mut Cursor<'_>) -> Parsed<u64> {
    if line.eat("+") { line.hex() } else { Ok(0) }
}

/// An indented line other than the heap.
pub(super) fn system_call(line: &mut Cursor<'_>) -> Parsed<SystemCall> {
    let call = if line.eat("brk ") {
        let delta = delta(line)?;
        let failed = if line.rest().is_empty() {
            None
        } else {
            Some(failure(line)?)
        };
        SystemCall::Brk { delta, failed }
    } else if line.eat("mmap ") {
        let request = mapping_request(line)?;
        let result = mapping_result(line)?;
        SystemCall::Mmap { request, result }
    } else if line.eat("munmap ") {
        munmap(line)?
    } else {
        return Err("`brk`, `mmap`, `munmap` or `heap`");
    };
    line.end()?;
    Ok(call)
}

fn delta(line: &mut Cursor<'_>) -> Parsed<i64> {
    const RANGE: &str = "a distance of at most 63 bits";
    if line.eat("-") {
        let distance = line.hex()?;
        0i64.checked_sub_unsigned(distance).ok_or(RANGE)
    } else {
        line.expect("+", "`+0x…` or `-0x…`")?;
        i64::try_from(line.hex()?).map_err(|_| RANGE)
    }
}

fn munmap(line: &mut Cursor<'_>) -> Parsed<SystemCall> {
    let start = place(line)?;
    line.expect(" ", "a blank and a length")?;
    let length = line.decimal()?;
    result_sign(line)?;
    let failed = if line.eat("0") {
        None
    } else {
        Some(errno(line)?)
    };
    Ok(SystemCall::Munmap {
        start,
        length,
        failed,
    })
}

fn mapping_request(line: &mut Cursor<'_>) -> Parsed<MapRequest> {
    let length = line.decimal()?;
    let hinted = line.eat_word("hint");
    line.expect(" ", "a blank and the protection")?;
    let protection = protection(line)?;
    let flags = flags(line)?;
    let (descriptor, offset) = file(line)?;
    Ok(MapRequest {
        length,
        hinted,
        protection,
        flags,
        descriptor,
        offset,
    })
}

fn protection(line: &mut Cursor<'_>) -> Parsed<i32> {
    if line.eat("none") {
        return Ok(0);
    }
    let before = line.rest().len();
    let mut bits = 0;
    for &(bit, letter) in PROTECTIONS {
        if line.eat(letter.encode_utf8(&mut [0; 4])) {
            bits |= bit;
        }
    }
    bits |= line.other_bits("+")?;
    if line.rest().len() == before {
        return Err("a protection: some of rwx, or none");
    }
    Ok(bits)
}

fn flags(line: &mut Cursor<'_>) -> Parsed<i32> {
    let mut bits = 0;
    for &(bit, word) in FLAGS {
        if line.eat_word(word) {
            bits |= bit;
        }
    }
    Ok(bits | line.other_bits(" +")?)
}

/// The file of a mapping; none where it is not spelled out.
fn file(line: &mut Cursor<'_>) -> Parsed<(i32, u64)> {
    if !line.eat(" fd ") {
        return Ok((-1, 0));
    }
    let descriptor = line.decimal()?;
    line.expect(" off ", "` off ` and an offset")?;
    Ok((descriptor, line.decimal()?))
}

fn mapping_result(line: &mut Cursor<'_>) -> Parsed<Result<MappingNumber, Errno>> {
    result_sign(line)?;
    if line.eat("M") {
        Ok(Ok(MappingNumber(line.decimal()?)))
    } else {
        errno(line).map(Err)
    }
}

fn failure(line: &mut Cursor<'_>) -> Parsed<Errno> {
    result_sign(line)?;
    errno(line)
}

fn result_sign(line: &mut Cursor<'_>) -> Parsed<()> {
    line.skip_blanks();
    line.expect("= ", "`= ` and a result")
}

fn errno(line: &mut Cursor<'_>) -> Parsed<Errno> {
    if line.eat("errno ") {
        return line.decimal().map(Errno);
    }
    let known = ERRNOS.iter().find(|(_, name)| line.eat(name));
    known
        .map(|(number, _)| Errno(*number))
        .ok_or("a result: 0, a mapping such as M1, or an error such as ENOMEM")
}

/// A block, such as `1000u`.
pub(super) fn block(line: &mut Cursor<'_>) -> Parsed<Block> {
    let size = line.decimal()?;
    let state = if line.eat("u") {
        State::Used
    } else if line.eat("f") {
        State::Free
    } else if line.eat("m") {
        State::Mapped
    } else if line.eat("x") {
        State::Unknown(line.decimal()?)
    } else {
        return Err("a block's state: u, f, m or x and a number");
    };
    Ok(Block { size, state })
}

/// `? at H+0x430: reason`, after the question mark.
pub(super) fn trouble(line: &mut Cursor<'_>) -> Parsed<(u64, String)> {
    line.expect(" at H", "` at H+0x…: ` and a reason")?;
    let at = offset(line)?;
    line.expect(": ", "`: ` and a reason")?;
    Ok((at, line.text()?))
}

/// The last line.
pub(super) fn end(line: &mut Cursor<'_>) -> Parsed<End> {
    let end = if line.eat("exit ") {
        End::Finished(line.decimal()?)
    } else if line.eat("not loaded") {
        let crashed = line.eat(", crashed");
        line.expect(": ", "`: ` and a reason")?;
        let reason = line.text()?;
        End::NotLoaded { reason, crashed }
    } else {
        untimely_end(line)?
    };
    line.end()?;
    Ok(end)
}

/// An end at some moment within the scenario.
fn untimely_end(line: &mut Cursor<'_>) -> Parsed<End> {
    let end = if line.eat("exited with ") {
        let status = line.decimal()?;
        let moment = moment(line)?;
        End::Exited { status, moment }
    } else if line.eat("signal ") {
        signal(line)?
    } else if line.eat("timed out ") {
        timed_out(line)?
    } else if line.eat("limit ") {
        let resource = line.name()?;
        let moment = moment(line)?;
        End::Limit { resource, moment }
    } else if line.eat("forbidden ") {
        let name = line.name()?;
        let moment = moment(line)?;
        End::Forbidden { name, moment }
    } else if line.eat("allocated by ") {
        let name = line.name()?;
        let indirectly = line.eat(" indirectly");
        let moment = moment(line)?;
        End::Allocated {
            name,
            indirectly,
            moment,
        }
    } else if line.eat("missing function") {
        End::Missing {
            moment: moment(line)?,
        }
    } else if line.eat("forged ") {
        let reason = line.name()?;
        let moment = moment(line)?;
        End::Forged { reason, moment }
    } else {
        return Err("a numbered call, or how the run ended, such as `exit 0`");
    };
    Ok(end)
}

fn signal(line: &mut Cursor<'_>) -> Parsed<End> {
    let name = line.name()?;
    let touching = line.eat(" touching ");
    let touched = touching.then(|| line.name()).transpose()?;
    let moment = moment(line)?;
    Ok(End::Signal {
        name,
        touched,
        moment,
    })
}

fn timed_out(line: &mut Cursor<'_>) -> Parsed<End> {
    let sleeping = line.eat("sleeping");
    if !sleeping {
        line.expect("computing", "`sleeping` or `computing`")?;
    }
    let moment = moment(line)?;
    Ok(End::TimedOut { moment, sleeping })
}

fn moment(line: &mut Cursor<'_>) -> Parsed<Moment> {
    line.expect(", ", "`, ` and where that was, such as `in call 3`")?;
    let phase = phase(line)?;
    line.expect(" ", "a blank and the number of a call")?;
    let number = CallNumber(line.decimal()?);
    let named = line.eat(": ");
    let call = named.then(|| call(line)).transpose()?;
    Ok(Moment {
        number,
        call,
        phase,
    })
}

fn phase(line: &mut Cursor<'_>) -> Parsed<Phase> {
    let known = PHASES.iter().find(|(_, phrase)| line.eat(phrase));
    known
        .map(|(phase, _)| *phase)
        .ok_or("what the process was doing, such as `in call`")
}
