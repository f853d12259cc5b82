-- number_of
--
-- Function that reads a decimal number; NULL where the text is not one.
-- Grain: none, a function.
-- noqa: disable=LT02
create or replace temp macro number_of(digits) as
    case
        when regexp_full_match(digits, '[+-]?(?:\d{1,18}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?')
            then try_cast(digits as double)
    end
