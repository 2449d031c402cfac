using Michi.Platform.Storage;
using Michi.Roadmap.Challenges;
using Michi.Roadmap.Explain;
using Michi.Roadmap.FollowUp;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;
using Michi.Roadmap.Vision;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap;

/// <summary>The tables of planning: vision, challenges, initiatives and their history, scenarios, plans, follow-up.</summary>
internal sealed class RoadmapDb(DbContextOptions<RoadmapDb> options) : ModuleDb(options, "roadmap")
{
    public DbSet<PlaceVision> Visions => Set<PlaceVision>();
    public DbSet<Challenge> Challenges => Set<Challenge>();
    public DbSet<Initiative> Initiatives => Set<Initiative>();
    public DbSet<InitiativeVersion> InitiativeHistory => Set<InitiativeVersion>();
    public DbSet<Scenario> Scenarios => Set<Scenario>();
    public DbSet<Plan> Plans => Set<Plan>();
    public DbSet<PlanAnalysis> PlanAnalyses => Set<PlanAnalysis>();
    public DbSet<Procurement.Procurement> Procurements => Set<Procurement.Procurement>();
    public DbSet<Procurement.Tender> Tenders => Set<Procurement.Tender>();
    public DbSet<Procurement.Bidder> Bidders => Set<Procurement.Bidder>();
    public DbSet<Procurement.Evaluator> Evaluators => Set<Procurement.Evaluator>();
    public DbSet<Procurement.BidScore> BidScores => Set<Procurement.BidScore>();
    public DbSet<ProgressReport> Progress => Set<ProgressReport>();
    public DbSet<GateDecision> GateDecisions => Set<GateDecision>();
    public DbSet<PlanSignal> Signals => Set<PlanSignal>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        AsJson<VisionFacts>();
        AsJson<ChallengeFacts>();
        AsJson<InitiativeFacts>();
        AsJson<ScenarioFacts>();
        AsJson<PlanInput>();
        AsJson<PlanOutcome>();
        AsJson<PlanFindings>();
        AsJson<Procurement.ProcurementFacts>();
        AsJson<List<Procurement.AwardDecision>>();
        AsJson<ProgressFacts>();
        AsJson<SignalFacts>();

        void AsJson<T>() => configurationBuilder.Properties<T>().HaveConversion<Json<T>, JsonComparer<T>>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<PlaceVision>().HasKey(v => v.PlaceId);
        modelBuilder.Entity<PlaceVision>().Property(v => v.Version).IsConcurrencyToken();
        modelBuilder.Entity<Challenge>(c =>
        {
            c.HasIndex(x => new { x.PlaceId, x.Code }).IsUnique();
            c.Property(x => x.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<Initiative>(i =>
        {
            i.HasIndex(x => new { x.PlaceId, x.Code }).IsUnique();
            i.Property(x => x.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<InitiativeVersion>().HasIndex(v => new { v.InitiativeId, v.Version }).IsUnique();
        modelBuilder.Entity<Scenario>(s =>
        {
            s.HasIndex(x => x.PlaceId);
            s.Property(x => x.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<Plan>().HasIndex(p => p.PlaceId);
        modelBuilder.Entity<Plan>().HasIndex(p => p.ScenarioId);
        modelBuilder.Entity<PlanAnalysis>().HasIndex(a => new { a.PlanId, a.Kind }).IsUnique();
        modelBuilder.Entity<Procurement.Procurement>(p =>
        {
            p.HasIndex(x => x.PlaceId);
            p.Property(x => x.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<Procurement.Tender>(t =>
        {
            t.HasKey(x => x.ProcurementId);
            t.HasIndex(x => x.PlaceId);
            t.Property(x => x.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<Procurement.Bidder>().HasIndex(b => new { b.ProcurementId, b.Number }).IsUnique();
        modelBuilder.Entity<Procurement.Evaluator>(e =>
        {
            e.HasIndex(x => x.ProcurementId);
            e.HasIndex(x => x.LinkHash).IsUnique();
        });
        modelBuilder.Entity<Procurement.BidScore>(s =>
        {
            s.HasIndex(x => x.ProcurementId);
            s.HasIndex(x => new { x.EvaluatorId, x.BidderId, x.Criterion, x.Round }).IsUnique();
        });
        modelBuilder.Entity<ProgressReport>(p =>
        {
            p.HasIndex(x => new { x.PlaceId, x.Initiative, x.Quarter }).IsUnique();
            p.Property(x => x.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<GateDecision>().HasIndex(d => new { d.PlaceId, d.Initiative });
        modelBuilder.Entity<PlanSignal>().HasIndex(s => s.PlaceId);
        base.OnModelCreating(modelBuilder);
    }
}
