using System.Globalization;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Queries;

/// <summary>Members wanted or not wanted of an entity and of those linked to it, clause 4.21: <c>id,observation{temperature,humidity}</c>.</summary>
internal sealed class Projection
{
    private Projection(Dictionary<string, Projection?> members, bool isOmit)
    {
        Linked = members.Where(m => m.Value is not null).ToDictionary(m => m.Key, m => m.Value!, StringComparer.Ordinal);
        // To omit parts of a linked entity is not to omit the relationship.
        Members = members.Where(m => !isOmit || m.Value is null).Select(m => m.Key).ToHashSet(StringComparer.Ordinal);
        Hops = Linked.Count == 0 ? 0 : 1 + Linked.Values.Max(l => l.Hops);
    }

    /// <summary>"id", "type", "scope" and the like, or expanded names; for <see cref="Representation.Pick"/> or <see cref="Representation.Omit"/>.</summary>
    public IReadOnlySet<string> Members { get; }

    /// <summary>What is wanted, or not, of the entities a relationship leads to, by its expanded name.</summary>
    public IReadOnlyDictionary<string, Projection> Linked { get; }

    /// <summary>How many relationships it follows at most.</summary>
    public int Hops { get; }

    public static Projection Pick(string text, JsonLdContext context) => Read("pick", text, context, isOmit: false);

    public static Projection Omit(string text, JsonLdContext context) => Read("omit", text, context, isOmit: true);

    /// <summary>A list of attributes; nested selections show in <see cref="Hops"/>.</summary>
    public static Projection Attrs(string text, JsonLdContext context, string parameter = "attrs") => Read(parameter, text, context, isOmit: false);

    /// <summary>Refuses what clause 5.7.2.4 does not let come together: attrs with pick or omit, and a member in both of these.</summary>
    public static void CheckTogether(Projection? pick, Projection? omit, Projection? attrs)
    {
        if (attrs is not null && (pick is not null || omit is not null)) throw NgsiLdException.BadRequestData($"attrs cannot come with {(pick is null ? "omit" : "pick")}; use pick and omit alone.");
        if (pick is null || omit is null) return;
        if (pick.Members.FirstOrDefault(omit.Members.Contains) is { } both) throw NgsiLdException.BadRequestData($"{both} is both in pick and in omit.");
        foreach (var (name, linked) in pick.Linked)
            if (omit.Linked.TryGetValue(name, out var other)) CheckTogether(linked, other, null);
    }

    private static Projection Read(string parameter, string text, JsonLdContext context, bool isOmit)
    {
        var reader = new ExpressionReader(parameter, text);
        var read = ReadList(reader, context, isOmit);
        reader.End("expected a comma before the next name");
        return read;
    }

    private static Projection ReadList(ExpressionReader reader, JsonLdContext context, bool isOmit)
    {
        Dictionary<string, Projection?> members = new(StringComparer.Ordinal);
        do
        {
            var from = reader.Position;
            var name = AttributeName.Read(reader, "temperature, or id, type or scope");
            var member = AttributeName.IsCoreMember(name) ? name : AttributeName.Expand(reader, name, from, context, "an attribute");
            Projection? linked = null;
            var brace = reader.Position;
            if (reader.TryTake('{'))
            {
                if (member == name) throw reader.Fault($"{name} leads to no other entity", brace);
                reader.Enter();
                linked = ReadList(reader, context, isOmit);
                reader.Take('}', $"to close the brace of character {(brace + 1).ToString(CultureInfo.InvariantCulture)}");
                reader.Leave();
            }
            if (!members.TryAdd(member, linked) && (linked ?? members[member]) is not null) throw reader.Fault($"{name} is there twice; write what is wanted of it in one pair of braces", from);
        }
        while (reader.TryTake(',') || reader.TryTake('|'));
        return new(members, isOmit);
    }
}
