namespace Michi.Analytics.Indices;

/// <summary>The value that stands in for a missing one.</summary>
public enum ImputationMethod
{
    /// <summary>Missing stays missing; means are then taken over what is there.</summary>
    None,

    /// <summary>Arithmetic mean of the available values.</summary>
    Mean,

    /// <summary>Median of the available values.</summary>
    Median,
}

/// <summary>How missing values of an indicator are filled (OECD/JRC 2008, step 3: unconditional mean and median imputation).</summary>
/// <param name="Method">Which value stands in.</param>
/// <param name="Grouping">Name of a grouping of the table: values come from the unit's own group; units without a group stay missing. Null:
/// from all units.</param>
public sealed record Imputation(ImputationMethod Method, string? Grouping = null)
{
    /// <summary>Leaves missing values missing.</summary>
    public static Imputation None { get; } = new(ImputationMethod.None);

    /// <summary>Fills a column. O(n), for the median O(n log n).</summary>
    /// <param name="values">One value a unit; NaN is missing.</param>
    /// <param name="groups">One label a unit, or null when all units form one group.</param>
    /// <returns>A new column; a group without any value stays missing.</returns>
    /// <exception cref="ArgumentException">The number of labels differs from the number of values.</exception>
    public double[] Apply(ReadOnlySpan<double> values, IReadOnlyList<string?>? groups = null)
    {
        var filled = values.ToArray();
        if (Method == ImputationMethod.None || !Moments.HasMissing(values)) return filled;
        if (groups is null)
        {
            var centre = Centre(values);
            for (var u = 0; u < filled.Length; u++)
                if (double.IsNaN(filled[u])) filled[u] = centre;
            return filled;
        }
        if (groups.Count != values.Length) throw new ArgumentException($"Give one group a unit: {values.Length}.", nameof(groups));

        var members = new Dictionary<string, List<double>>();
        for (var u = 0; u < filled.Length; u++)
        {
            if (groups[u] is not { } group || double.IsNaN(values[u])) continue;
            if (!members.TryGetValue(group, out var list)) members[group] = list = [];
            list.Add(values[u]);
        }
        var centres = members.ToDictionary(m => m.Key, m => Centre([.. m.Value]));
        for (var u = 0; u < filled.Length; u++)
            if (double.IsNaN(filled[u]) && groups[u] is { } group) filled[u] = centres.GetValueOrDefault(group, double.NaN);
        return filled;
    }

    private double Centre(ReadOnlySpan<double> values) => Method == ImputationMethod.Mean ? Moments.Mean(values) : Moments.Median(values);
}
