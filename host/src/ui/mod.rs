//! What a person sees besides the report: errors with hints, progress, colour.
