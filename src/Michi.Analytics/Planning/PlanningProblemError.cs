namespace Michi.Analytics.Planning;

/// <summary>Why a planning problem cannot be solved as it is written. That no plan fulfils its conditions is none of these: it is found by solving.</summary>
public abstract record PlanningProblemError
{
    private PlanningProblemError() { }

    /// <summary>A list or an entry that is null; <paramref name="Of"/> names what it belongs to, empty for the problem itself.</summary>
    public sealed record Missing(string What, string Of) : PlanningProblemError;

    /// <summary>A number below the least it can be: a duration below 1, a capacity, use, lag, amount, weight or value below 0.</summary>
    public sealed record TooSmall(string What, string Of, double Value, double Minimum) : PlanningProblemError;

    /// <summary>A number above the most it can be: a share above 1; more options, periods, entries or digits than <see cref="PlanningProblem"/> takes.</summary>
    public sealed record TooLarge(string What, string Of, double Value, double Maximum) : PlanningProblemError;

    /// <summary>A number that is infinite or none.</summary>
    public sealed record NotFinite(string What, string Of, double Value) : PlanningProblemError;

    /// <summary>More or fewer entries than expected.</summary>
    public sealed record WrongCount(string What, string Of, int Expected, int Found) : PlanningProblemError;

    /// <summary>An option that is not there.</summary>
    public sealed record UnknownOption(string What, string Of, int Index) : PlanningProblemError;

    /// <summary>A use of a resource that is not there.</summary>
    public sealed record UnknownResource(string Option, int Index) : PlanningProblemError;

    /// <summary>A resource named twice by an option, or an option named twice by a cover or a step.</summary>
    public sealed record Twice(string What, string Of, string Named) : PlanningProblemError;

    /// <summary>Bucket ends that do not ascend from above 0 to the horizon.</summary>
    public sealed record BucketEnds(string Resource) : PlanningProblemError;

    /// <summary>A fixed start before the earliest or so late that the option does not end in time.</summary>
    public sealed record FixedOutsideWindow(string Option, int FixedStart, int EarliestStart, int LatestStart) : PlanningProblemError;

    /// <summary>Options that wait for each other, each for the one before it and the first for the last, with no alternative outside.</summary>
    public sealed record Cycle(IReadOnlyList<string> Options) : PlanningProblemError;
}

/// <summary>Thrown where a <see cref="PlanningProblem"/> with errors is to be solved.</summary>
public sealed class PlanningProblemException(IReadOnlyList<PlanningProblemError> errors) : ArgumentException(string.Join(Environment.NewLine, errors))
{
    /// <summary>At least one.</summary>
    public IReadOnlyList<PlanningProblemError> Errors { get; } = errors;
}
