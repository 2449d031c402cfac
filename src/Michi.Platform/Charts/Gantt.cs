namespace Michi.Platform.Charts;

/// <summary>A bar of a <see cref="Gantt"/>.</summary>
/// <param name="Description">The bar in words.</param>
/// <param name="Start">First quarter under way.</param>
/// <param name="End">First quarter after it; from there on it runs.</param>
/// <param name="Domain">Id of the domain whose colour it takes.</param>
/// <param name="Note">Stands small under the label, such as what it waits for.</param>
/// <param name="Milestones">Quarter in which each is due, and its name.</param>
public sealed record GanttRow(string Label, string Description, int Start, int End, string? Domain, bool IsMarked, string? Note, IReadOnlyList<(int Quarter, string Name)> Milestones);

/// <summary>What a Gantt chart shows, by quarter.</summary>
/// <param name="Years">First quarter of each year and what it is called.</param>
public sealed record Gantt(string Title, int Quarters, IReadOnlyList<(int Begin, string Label)> Years, IReadOnlyList<GanttRow> Rows)
{
    /// <summary>Quarters from the beginning to today; null where today is not shown.</summary>
    public double? Today { get; init; }

    /// <summary>Pixels all quarters take together, as far as a quarter stays between 12 and 56 wide.</summary>
    public int Room { get; init; } = 860;

    public required string TodayText { get; init; }
    public required string MarkText { get; init; }
    public required string RunsText { get; init; }
    public required string MilestoneText { get; init; }
}
