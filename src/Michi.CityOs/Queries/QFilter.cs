using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Queries;

/// <summary>What the value of an attribute has to be for an entity to match, in terms of <see cref="Scalar.Of(EntityAttribute)"/>: one of the scalars of one instance satisfies it.</summary>
/// <param name="Attribute">Expanded name.</param>
internal sealed record QCondition(string Attribute)
{
    /// <summary>The scalars of which it equals one; null where bounds are told.</summary>
    public IReadOnlyList<Scalar>? AnyOf { get; init; }

    /// <summary>Null for no bound; of the same kind as <see cref="High"/>.</summary>
    public Scalar? Low { get; init; }

    public bool IsLowIncluded { get; init; }

    public Scalar? High { get; init; }

    public bool IsHighIncluded { get; init; }
}

/// <summary>A query on values, clause 4.9: <c>(speed&gt;50|rpm&gt;3000);brandName=="Mercedes"</c>.</summary>
/// <remarks>Immutable and thread-safe. Evaluation goes through the attributes once for each term and allocates nothing for plain terms.</remarks>
internal sealed class QFilter
{
    private readonly Expression<QTerm> _expression;

    private QFilter(string text, Expression<QTerm> expression)
    {
        Text = text;
        _expression = expression;
        Names = [.. expression.Terms.Select(t => t.Path.Attribute).Distinct()];
        IsSystemOnly = expression.Terms.All(t => t.Path.IsSystem);
        Hops = expression.Terms.Max(t => t.Path.Hops);
        var certain = CertainTerms(expression).ToList();
        RequiredAttributes = [.. certain.Where(t => t.Operator != QOperator.NotExists && !t.Path.IsSystem).Select(t => t.Path.Attribute).Distinct()];
        Conditions = [.. certain.Select(ConditionOf).OfType<QCondition>()];
    }

    public string Text { get; }

    /// <summary>Expanded names of all attributes of the entity itself that it mentions.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether it is about nothing but times of creation, change and expiry: too wide alone (clause 5.7.2.4).</summary>
    public bool IsSystemOnly { get; }

    /// <summary>How many relationships it follows at most; above joinLevel the query is too deep (clause 5.7.2.4).</summary>
    public int Hops { get; }

    /// <summary>Expanded names of attributes that every match has.</summary>
    public IReadOnlyList<string> RequiredAttributes { get; }

    /// <summary>What every match satisfies, all of them; enough to find candidates by, not to tell that they match.</summary>
    public IReadOnlyList<QCondition> Conditions { get; }

    /// <param name="text">Not percent-encoded.</param>
    /// <param name="expandValues">Short names of attributes whose values are names to expand; comma-separated.</param>
    public static QFilter Parse(string text, JsonLdContext context, string? expandValues = null, string parameter = "q")
    {
        HashSet<string>? expanded = null;
        if (!string.IsNullOrWhiteSpace(expandValues)) expanded = [.. expandValues.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(context.Expand)];
        var terms = new QTermReader(context, expanded);
        return new(text, Expression<QTerm>.Read(new ExpressionReader(parameter, text), isCommaOr: false, terms.Read));
    }

    /// <param name="resolve">Finds the entity of an id; null where linked entities are not followed, which then match nothing.</param>
    public bool Matches(Entity entity, Func<string, Entity?>? resolve = null)
    {
        var links = Hops == 0 || resolve is null ? LinkedEntities.None : new LinkedEntities(resolve);
        return _expression.Holds((entity, links), static (term, given) => term.Matches(given.entity, given.links));
    }

    private static IEnumerable<QTerm> CertainTerms(Expression<QTerm> expression)
    {
        if (expression.Parts is null) return [expression.Term!];
        return expression.IsAll ? expression.Parts.SelectMany(CertainTerms) : [];
    }

    private static QCondition? ConditionOf(QTerm term)
    {
        // Times are equal in more than one spelling, so an index of texts cannot find them.
        if (!term.Path.IsPlain || term.Values.Count == 0 || term.Values.Any(v => v.Instant != InstantKind.None)) return null;
        Scalar[] values = [.. term.Values.Select(ScalarOf)];
        var condition = new QCondition(term.Path.Attribute);
        return term.Operator switch
        {
            QOperator.Equal when term.IsRange => condition with { Low = values[0], IsLowIncluded = true, High = values[1], IsHighIncluded = true },
            QOperator.Equal => condition with { AnyOf = values },
            QOperator.Greater or QOperator.GreaterOrEqual => condition with { Low = values[0], IsLowIncluded = term.Operator == QOperator.GreaterOrEqual },
            QOperator.Less or QOperator.LessOrEqual => condition with { High = values[0], IsHighIncluded = term.Operator == QOperator.LessOrEqual },
            _ => null,
        };
    }

    private static Scalar ScalarOf(QValue value) => value.Kind switch
    {
        ScalarKind.Number => Scalar.Of(value.Number),
        ScalarKind.Boolean => Scalar.Of(value.Number == 1),
        _ => Scalar.Of(value.Text),
    };
}
