namespace Michi.Roadmap.Initiatives;

/// <summary>What is expected of a quantity, and where that comes from. Money that was really offered or paid is decimal; what is expected is not that exact.</summary>
/// <param name="Low">Low ≤ planned ≤ high; low and high enclose what is expected in four cases out of five.</param>
/// <param name="Planned">What the plan counts with.</param>
/// <param name="Source"><c>assumption</c>, the address of a public source, or who said so and when.</param>
internal sealed record Expected(double Low, double Planned, double High, string Source)
{
    /// <summary>The source of what is our own judgement.</summary>
    public const string Assumption = "assumption";

    public static Expected None { get; } = new(0, 0, 0, Assumption);

    public bool IsAssumption => Source == Assumption;

    /// <summary>All three figures times a factor.</summary>
    public Expected Times(double factor) => this with { Low = Low * factor, Planned = Planned * factor, High = High * factor };
}
