using Michi.Assessment.Evidence;
using Michi.Assessment.Indices;
using Michi.Assessment.Profiles;
using Michi.Assessment.Reports;
using Michi.Assessment.Rounds;
using Michi.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment;

/// <summary>The tables of assessment: evidence and its history, rounds and ratings, computed profiles, shared reports.</summary>
internal sealed class AssessmentDb(DbContextOptions<AssessmentDb> options) : ModuleDb(options, "assessment")
{
    public DbSet<EvidenceItem> Evidence => Set<EvidenceItem>();
    public DbSet<EvidenceVersion> History => Set<EvidenceVersion>();
    public DbSet<RatedAssessment> Assessments => Set<RatedAssessment>();
    public DbSet<Round> Rounds => Set<Round>();
    public DbSet<Assessor> Assessors => Set<Assessor>();
    public DbSet<Rating> Ratings => Set<Rating>();
    public DbSet<Consensus> Consensus => Set<Consensus>();
    public DbSet<ProfileRecord> Profiles => Set<ProfileRecord>();
    public DbSet<ShareLink> ShareLinks => Set<ShareLink>();
    public DbSet<CompositeIndexRecord> Indices => Set<CompositeIndexRecord>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<List<EvidenceLink>>().HaveConversion<Json<List<EvidenceLink>>, JsonComparer<List<EvidenceLink>>>();
        configurationBuilder.Properties<List<EvidenceAttachment>>().HaveConversion<Json<List<EvidenceAttachment>>, JsonComparer<List<EvidenceAttachment>>>();
        configurationBuilder.Properties<IndexChoices>().HaveConversion<Json<IndexChoices>, JsonComparer<IndexChoices>>();
        configurationBuilder.Properties<double[]>().HaveConversion<Json<double[]>, JsonComparer<double[]>>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<EvidenceItem>(e =>
        {
            e.HasIndex(i => i.Code).IsUnique();
            e.HasIndex(i => i.PlaceId);
            e.Property(i => i.Version).IsConcurrencyToken();
            e.Property(i => i.Links);
            e.Property(i => i.Attachments);
        });
        modelBuilder.Entity<EvidenceVersion>().HasIndex(v => new { v.EvidenceId, v.Version }).IsUnique();
        modelBuilder.Entity<RatedAssessment>().HasIndex(a => new { a.PlaceId, a.Title }).IsUnique();
        modelBuilder.Entity<Round>().HasIndex(r => new { r.AssessmentId, r.Number }).IsUnique();
        modelBuilder.Entity<Assessor>().HasIndex(a => a.AssessmentId);
        modelBuilder.Entity<Assessor>().HasIndex(a => a.LinkHash).IsUnique();
        modelBuilder.Entity<Rating>().HasIndex(r => new { r.RoundId, r.AssessorId, r.Element }).IsUnique();
        modelBuilder.Entity<Consensus>().HasIndex(c => new { c.AssessmentId, c.Element }).IsUnique();
        modelBuilder.Entity<ProfileRecord>().HasIndex(p => new { p.PlaceId, p.IsCurrent });
        modelBuilder.Entity<ShareLink>().HasIndex(l => l.Hash).IsUnique();
        modelBuilder.Entity<ShareLink>().HasIndex(l => l.PlaceId);
        modelBuilder.Entity<CompositeIndexRecord>(i =>
        {
            i.HasKey(x => new { x.Id, x.Version });
            i.HasIndex(x => x.PlaceId);
            i.Property(x => x.Choices);
        });
        base.OnModelCreating(modelBuilder);
    }
}
